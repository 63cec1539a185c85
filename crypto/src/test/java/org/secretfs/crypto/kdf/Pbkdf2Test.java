package org.secretfs.crypto.kdf;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;

class Pbkdf2Test {
  @ParameterizedTest
  @CsvSource({
    "SHA1, password, salt, 1, 0c60c80f961f0e71f3a9b524af6012062fe037a6",
    "SHA1, password, salt, 2, ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957",
    "SHA1, password, salt, 4096, 4b007901b765489abead49d926f721d065a429c1",
    "SHA1, passwordPASSWORDpassword, saltSALTsaltSALTsaltSALTsaltSALTsalt, 4096, "
        + "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038",
    "SHA256, passwd, salt, 1, 55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc"
        + "49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
    "SHA256, Password, NaCl, 80000, "
        + "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56"
        + "a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d"
  })
  void derive_rfc6070And7914_hold(
      HashAlgorithm hash, String passphrase, String salt, int iterations, String expected)
      throws CryptoException {
    byte[] output = HexFormat.of().parseHex(expected);
    int length = output.length;
    byte[] saltBytes = salt.getBytes(US_ASCII);
    try (SecretBuffer secret = SecretBuffer.takeFrom(passphrase.getBytes(US_ASCII));
        SecretBuffer wanted = SecretBuffer.takeFrom(output);
        SecretBuffer derived = Pbkdf2.derive(hash, secret, saltBytes, iterations, length);
        SecretBuffer inJava = Pbkdf2.deriveInJava(hash, secret, saltBytes, iterations, length)) {
      assertThat(derived.equalsSecret(wanted)).isTrue();
      assertThat(inJava.equalsSecret(wanted)).isTrue();
    }
  }

  /** Those that Debian's libcrypto has; the others are Bouncy Castle's alone. */
  @ParameterizedTest
  @EnumSource(
      value = HashAlgorithm.class,
      names = {"SHA.*", "RIPEMD160", "BLAKE2B_512", "BLAKE2S_256", "SM3"},
      mode = EnumSource.Mode.MATCH_ANY)
  void derive_libcrypto_agreesWithJava(HashAlgorithm hash) throws CryptoException {
    Assumptions.assumeTrue(hash.nativeDigest().isPresent(), "no libcrypto.so.3 with " + hash);
    SplittableRandom random = new SplittableRandom(6070);
    for (int saltBytes : new int[] {0, 1, 32, 64, 200}) {
      byte[] salt = new byte[saltBytes];
      random.nextBytes(salt);
      int length = 1 + random.nextInt(130);
      try (SecretBuffer secret = SecretBuffer.random(1 + random.nextInt(150));
          SecretBuffer derived = Pbkdf2.derive(hash, secret, salt, 10, length);
          SecretBuffer inJava = Pbkdf2.deriveInJava(hash, secret, salt, 10, length)) {
        assertThat(derived.equalsSecret(inJava)).as("salt of %d bytes", saltBytes).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(HashAlgorithm.class)
  void newDigest_everyAlgorithm_hasItsLength(HashAlgorithm hash) throws CryptoException {
    assertThat(hash.newDigest().digest()).hasSize(hash.lengthBytes());
    assertThat(hash.newLightweightDigest().getDigestSize()).isEqualTo(hash.lengthBytes());
    assertThat(HashAlgorithm.ofLuksName(hash.luksName())).contains(hash);
    try (SecretBuffer secret = SecretBuffer.random(8)) {
      Pbkdf2.derive(hash, secret, new byte[8], 2, 64).close();
    }
  }

  @Test
  void ofLuksName_unknown_isEmpty() {
    assertThat(HashAlgorithm.ofLuksName("md5")).isEmpty();
    assertThat(HashAlgorithm.ofLuksName("SHA256")).isEmpty();
    assertThat(HashAlgorithm.ofLuksName("")).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"0, 32", "-1, 32", "1, 0", "1, -5", "1, 1025"})
  void derive_outOfRange_isRefused(int iterations, int lengthBytes) {
    try (SecretBuffer secret = SecretBuffer.random(8)) {
      assertThatExceptionOfType(CryptoException.LimitExceeded.class)
          .isThrownBy(() ->
              Pbkdf2.derive(HashAlgorithm.SHA256, secret, new byte[8], iterations, lengthBytes));
    }
  }

  @Test
  void benchmark_shortTarget_givesLuksLeastOrMore() throws CryptoException {
    int few = Pbkdf2.benchmark(HashAlgorithm.SHA256, Duration.ofNanos(1));
    assertThat(few).isEqualTo(Pbkdf2.LEAST_ITERATIONS);
    int many = Pbkdf2.benchmark(HashAlgorithm.SHA256, Duration.ofDays(1000));
    assertThat(many).isEqualTo(Integer.MAX_VALUE);
  }
}
