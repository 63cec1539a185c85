package org.secretfs.crypto.kdf;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import org.bouncycastle.crypto.Digest;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashAlgorithmTest {
  /**
   * FIPS 180-4, FIPS 202, RIPEMD-160 and Whirlpool by their authors, RFC 7693, GB/T 32905-2016; RFC
   * 6986 for Streebog's first message.
   */
  @ParameterizedTest
  @CsvSource({
    "sha1, abc, a9993e364706816aba3e25717850c26c9cd0d89d",
    "sha224, abc, 23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7",
    "sha256, abc, ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    "sha384, abc, cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
        + "8086072ba1e7cc2358baeca134c825a7",
    "sha512, abc, ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
        + "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f",
    "sha3-224, abc, e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
    "sha3-256, abc, 3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532",
    "sha3-384, abc, ec01498288516fc926459f58e2c6ad8df9b473cb0fc08c2596da7cf0e49be4b2"
        + "98d88cea927ac7f539f1edf228376d25",
    "sha3-512, abc, b751850b1a57168a5693cd924b6b096e08f621827444f70d884f5d0240d2712e"
        + "10e116e9192af3c91a7ec57647e3934057340b4cf408d5a56592f8274eec53f0",
    "ripemd160, abc, 8eb208f7e05d987a9b044a8e98c6b087f15a0bfc",
    "whirlpool, abc, 4e2448a4c6f486bb16b6562c73b4020bf3043e3a731bce721ae1b303d97e6d4c"
        + "7181eebdb6c57e277d0e34957114cbd6c797fc9d95d8b582d225292076d4eef5",
    "blake2b-512, abc, ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
        + "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923",
    "blake2s-256, abc, 508c5e8c327c14e2e1a72ba34eeb452f37458b209ed63a294d999b4c86675982",
    "sm3, abc, 66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    "stribog256, 012345678901234567890123456789012345678901234567890123456789012, "
        + "9d151eefd8590b89daa6ba6cb74af9275dd051026bb149a452fd84e5e57b5500",
    "stribog512, 012345678901234567890123456789012345678901234567890123456789012, "
        + "1b54d01a4af5b9d5cc3d86d68d285462b19abc2475222f35c085122be4ba1ffa"
        + "00ad30f8767b3a82384c6574f024c311e2a481332b08ef7f41797891c1646f48"
  })
  void digest_publishedVector_holds(String name, String message, String expected) {
    HashAlgorithm hash = HashAlgorithm.ofLuksName(name).orElseThrow();
    byte[] input = message.getBytes(US_ASCII);
    assertThat(HexFormat.of().formatHex(hash.newDigest().digest(input))).isEqualTo(expected);
    Digest lightweight = hash.newLightweightDigest();
    lightweight.update(input, 0, input.length);
    byte[] value = new byte[lightweight.getDigestSize()];
    lightweight.doFinal(value, 0);
    assertThat(HexFormat.of().formatHex(value)).isEqualTo(expected);
  }
}
