package org.secretfs.crypto.kdf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.foreign.LibArgon2;
import org.secretfs.crypto.kdf.Argon2.Cost;
import org.secretfs.crypto.kdf.Argon2.Variant;
import org.secretfs.crypto.memory.SecretBuffer;

class Argon2Test {
  @ParameterizedTest
  @CsvSource({
    "ARGON2I, c814d9d1dc7f37aa13f0d77f2494bda1c8de6b016dd388d29952a4c4672b6ce8",
    "ARGON2ID, 0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659"
  })
  void derive_rfc9106_holdsInBoth(Variant variant, String expected) throws CryptoException {
    Argon2Input input =
        new Argon2Input(
            variant, filled(16, 2), new Cost(3, 32, 4), 32, filled(8, 3), filled(12, 4));
    try (SecretBuffer passphrase = SecretBuffer.takeFrom(filled(32, 1));
        SecretBuffer wanted = SecretBuffer.takeFrom(HexFormat.of().parseHex(expected));
        SecretBuffer inJava = Argon2.deriveInJava(input, passphrase)) {
      assertThat(inJava.equalsSecret(wanted)).isTrue();
      try (SecretBuffer derived = Argon2.deriveNatively(library(), input, passphrase)) {
        assertThat(derived.equalsSecret(wanted)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource(Variant.class)
  void derive_libargon2_agreesWithJava(Variant variant) throws CryptoException {
    LibArgon2 library = library();
    for (int lanes : new int[] {1, 2, 3, 4}) {
      Argon2Input input =
          Argon2Input.of(variant, filled(32, lanes), new Cost(2, 100 * lanes, lanes), 64);
      try (SecretBuffer passphrase = SecretBuffer.random(20);
          SecretBuffer derived = Argon2.deriveNatively(library, input, passphrase);
          SecretBuffer inJava = Argon2.deriveInJava(input, passphrase);
          SecretBuffer published =
              Argon2.derive(variant, passphrase, filled(32, lanes), 2, 100 * lanes, lanes, 64)) {
        assertThat(derived.equalsSecret(inJava)).as("%d lanes", lanes).isTrue();
        assertThat(derived.equalsSecret(published)).isTrue();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "7, 1, 32, 4, 32, salt bytes",
    "8, 0, 32, 4, 32, passes",
    "8, -1, 32, 4, 32, passes",
    "8, 1, 31, 4, 32, memory",
    "8, 1, 4194305, 4, 32, memory",
    "8, 1, -1, 1, 32, memory",
    "8, 1, 32, 0, 32, lanes",
    "8, 1, 100000, 65, 32, lanes",
    "8, 1, 32, 4, 3, bytes to derive",
    "8, 1, 32, 4, 1025, bytes to derive"
  })
  void derive_outOfRange_isRefused(
      int saltBytes, int passes, int memoryKib, int lanes, int lengthBytes, String what) {
    try (SecretBuffer passphrase = SecretBuffer.random(8)) {
      byte[] salt = new byte[saltBytes];
      assertThatExceptionOfType(CryptoException.LimitExceeded.class)
          .isThrownBy(() ->
              Argon2.derive(
                  Variant.ARGON2ID, passphrase, salt, passes, memoryKib, lanes, lengthBytes))
          .withMessageContaining(what);
    }
  }

  @Test
  void deriveInJava_moreThanTheHeap_isRefusedBeforeAllocating() throws CryptoException {
    Argon2Input input =
        Argon2Input.of(Variant.ARGON2ID, new byte[16], new Cost(1, Argon2.MAX_MEMORY_KIB, 1), 32);
    try (SecretBuffer passphrase = SecretBuffer.random(8)) {
      assertThatExceptionOfType(CryptoException.NotEnoughMemory.class)
          .isThrownBy(() -> Argon2.deriveInJava(input, passphrase))
          .withMessageContaining("4194304 KiB");
    }
  }

  @Test
  void benchmark_littleMemory_staysWithinIt() throws CryptoException {
    Cost cost = Argon2.benchmark(Duration.ofMillis(300), 64 * 1024, 4);
    assertThat(cost.memoryKib()).isBetween(32 * 1024, 64 * 1024);
    assertThat(cost.timeCost()).isGreaterThanOrEqualTo(4);
    assertThat(cost.lanes()).isBetween(1, 4);
    Cost least = Argon2.benchmark(Duration.ofNanos(1), 1024, 1);
    assertThat(least).isEqualTo(new Cost(4, 1024, 1));
  }

  private static LibArgon2 library() {
    Assumptions.assumeTrue(LibArgon2.find().isPresent(), "no libargon2.so.1 on this machine");
    return LibArgon2.find().orElseThrow();
  }

  private static byte[] filled(int length, int value) {
    byte[] bytes = new byte[length];
    Arrays.fill(bytes, (byte) value);
    return bytes;
  }
}
