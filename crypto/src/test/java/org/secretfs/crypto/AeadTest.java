package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

class AeadTest {
  private static final HexFormat HEX = HexFormat.of();
  private static final byte[] AAD = "volume=a".getBytes(StandardCharsets.UTF_8);

  @Test
  void open_gcmSpecificationTestCases_givePlaintext() throws CryptoException {
    // Test cases 14 and 16 of "The Galois/Counter Mode of Operation" (McGrew, Viega).
    assertOpens(
        "00".repeat(32),
        "000000000000000000000000",
        "",
        "00".repeat(16),
        "cea7403d4d606b6e074ec5d3baf39d18",
        "d0d1c8a799996bf0265b98b5d48ab919");
    assertOpens(
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
            + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
            + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b");
  }

  private static void assertOpens(
      String key, String nonce, String aad, String plain, String cipher, String tag)
      throws CryptoException {
    try (SecretBuffer secret = SecretBuffer.takeFrom(HEX.parseHex(key))) {
      byte[] opened = Aead.open(secret, HEX.parseHex(aad), HEX.parseHex(nonce + cipher + tag));
      assertThat(opened).isEqualTo(HEX.parseHex(plain));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 15, 16, 17, 32, 4096, 100_000})
  void seal_thenOpen_givesPlaintext(int length) throws CryptoException {
    byte[] plaintext = new byte[length];
    Arrays.fill(plaintext, (byte) 7);
    try (SecretBuffer key = SecretBuffer.random(Aead.KEY_BYTES)) {
      byte[] sealed = Aead.seal(key, AAD, plaintext);
      assertThat(sealed).hasSize(length + Aead.OVERHEAD_BYTES);
      assertThat(Aead.open(key, AAD, sealed)).isEqualTo(plaintext);
    }
  }

  @Test
  void sealSecret_thenOpenSecret_givesTheSecret() throws CryptoException {
    try (SecretBuffer key = SecretBuffer.random(Aead.KEY_BYTES);
        SecretBuffer secret = SecretBuffer.random(64);
        SecretBuffer opened = Aead.openSecret(key, AAD, Aead.sealSecret(key, AAD, secret))) {
      assertThat(opened.equalsSecret(secret)).isTrue();
    }
  }

  @Test
  void open_anyBitFlipped_isTampered() {
    try (SecretBuffer key = SecretBuffer.random(Aead.KEY_BYTES)) {
      byte[] sealed = Aead.seal(key, AAD, new byte[20]);
      for (int bit = 0; bit < sealed.length * 8; bit++) {
        byte[] changed = sealed.clone();
        changed[bit / 8] ^= (byte) (1 << (bit % 8));
        assertTampered(key, AAD, changed);
      }
    }
  }

  @Test
  void open_otherContextKeyOrLength_isTampered() {
    try (SecretBuffer key = SecretBuffer.random(Aead.KEY_BYTES);
        SecretBuffer other = SecretBuffer.random(Aead.KEY_BYTES)) {
      byte[] sealed = Aead.seal(key, AAD, new byte[20]);
      assertTampered(key, new byte[0], sealed);
      assertTampered(other, AAD, sealed);
      for (int length = 0; length < sealed.length; length++) {
        assertTampered(key, AAD, Arrays.copyOf(sealed, length));
      }
      assertTampered(key, AAD, Arrays.copyOf(sealed, sealed.length + 1));
    }
  }

  private static void assertTampered(SecretBuffer key, byte[] aad, byte[] sealed) {
    assertThatExceptionOfType(CryptoException.Tampered.class)
        .isThrownBy(() -> Aead.open(key, aad, sealed))
        .withMessageStartingWith("sealed data of %d bytes".formatted(sealed.length))
        .matches(e -> e.code() == CryptoError.TAMPERED);
  }

  @Test
  void seal_manyTimes_neverRepeatsANonce() {
    Set<String> nonces = new HashSet<>();
    try (SecretBuffer key = SecretBuffer.random(Aead.KEY_BYTES)) {
      for (int i = 0; i < 2000; i++) {
        nonces.add(HEX.formatHex(Aead.seal(key, AAD, new byte[1]), 0, 12));
      }
    }
    assertThat(nonces).hasSize(2000);
  }

  @Test
  void seal_byManyThreads_allOpen() throws InterruptedException, ExecutionException {
    try (SecretBuffer key = SecretBuffer.random(Aead.KEY_BYTES);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<byte[]>> opened =
          IntStream.range(0, 500)
              .mapToObj(i ->
                  threads.submit(
                      () -> Aead.open(key, AAD, Aead.seal(key, AAD, new byte[] {(byte) i}))))
              .toList();
      for (int i = 0; i < opened.size(); i++) {
        assertThat(opened.get(i).get()).containsExactly((byte) i);
      }
    }
  }

  @Test
  void seal_keyOfOtherLength_isRefused() {
    try (SecretBuffer key = SecretBuffer.random(16)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Aead.seal(key, AAD, new byte[1]))
          .withMessageContaining("16 bytes");
    }
  }
}
