package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.crypto.XtsVectors.Vector;
import org.secretfs.crypto.memory.SecretBuffer;

class SectorCipherProviderTest {
  private static final int REQUEST_SECTORS = 70;

  static Stream<XtsProvider> providers() {
    return SectorCiphers.providers().stream().map(XtsProvider.class::cast);
  }

  static Stream<Arguments> providersAndSizes() {
    return providers()
        .flatMap(p -> Stream.of(512, 1024, 2048, 4096).map(size -> Arguments.of(p, size)));
  }

  @ParameterizedTest
  @MethodSource("providers")
  void aesXts_ieee1619Vectors_allHold(XtsProvider provider) {
    requireAvailable(provider);
    List<Vector> vectors = XtsVectors.ieee1619();
    assertThat(vectors).hasSize(15);
    List<Vector> accepted = vectors.stream().filter(v -> !refuses(provider, v)).toList();
    assertThat(failures(provider, accepted)).isEmpty();
    // Vector 1 has equal halves, which libcrypto's XTS refuses; Corretto has no AES-128.
    assertThat(accepted.size()).isEqualTo(expected(provider, 15, 14, 5));
  }

  @ParameterizedTest
  @MethodSource("providers")
  void aesXts_wycheproofVectors_allOfWholeBlocksHold(XtsProvider provider) throws IOException {
    requireAvailable(provider);
    List<Vector> vectors = XtsVectors.wycheproof(SharedData.file("wycheproof-aes-xts.json"));
    assertThat(vectors).hasSize(123);
    List<Vector> aes = vectors.stream().filter(Vector::isAes128Or256).toList();
    assertThat(vectors.size() - aes.size()).as("AES-192, which XTS does not have").isEqualTo(41);
    List<Vector> whole = aes.stream().filter(Vector::isWholeBlocks).toList();
    assertThat(aes.size() - whole.size()).as("need ciphertext stealing").isEqualTo(40);
    List<Vector> plain64 = whole.stream().filter(v -> v.plain64().isPresent()).toList();
    assertThat(whole.size() - plain64.size()).as("tweaks over 64 bits").isEqualTo(16);
    List<Vector> accepted = plain64.stream().filter(v -> !refuses(provider, v)).toList();
    assertThat(failures(provider, accepted)).isEmpty();
    assertThat(accepted.size()).isEqualTo(expected(provider, 26, 26, 13));
  }

  private static int expected(XtsProvider provider, int jdk, int libcrypto, int corretto) {
    return switch (provider.name()) {
      case "libcrypto" -> libcrypto;
      case "corretto" -> corretto;
      default -> jdk;
    };
  }

  private static boolean refuses(XtsProvider provider, Vector vector) {
    try (SecretBuffer key = SecretBuffer.takeFrom(vector.key().clone())) {
      return provider.refusesBecause(key).isPresent();
    }
  }

  private static List<String> failures(XtsProvider provider, List<Vector> vectors) {
    List<String> failures = new ArrayList<>();
    for (Vector vector : vectors) {
      try (SecretBuffer key = SecretBuffer.takeFrom(vector.key().clone());
          SectorCipher cipher = provider.cipher(key, vector.plaintext().length)) {
        byte[] data = vector.plaintext().clone();
        cipher.encrypt(data, 0, data.length, vector.plain64().orElseThrow());
        if (!Arrays.equals(data, vector.ciphertext())) {
          failures.add("encrypt " + vector);
        }
        data = vector.ciphertext().clone();
        cipher.decrypt(data, 0, data.length, vector.plain64().orElseThrow());
        if (!Arrays.equals(data, vector.plaintext())) {
          failures.add("decrypt " + vector);
        }
      }
    }
    return failures;
  }

  @ParameterizedTest
  @MethodSource("providersAndSizes")
  void encrypt_randomRequests_agreesWithOneSectorAtATime(XtsProvider provider, int sectorSize) {
    requireAvailable(provider);
    for (int seed = 0; seed < 12; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      try (SecretBuffer key = randomKey(random, XtsKey.AES_256_BYTES);
          SectorCipher cipher = provider.aesXts(key, sectorSize);
          SectorCipher reference = new JdkProvider().aesXts(key, sectorSize)) {
        int length = boundary(seed) * sectorSize;
        int offset = random.nextInt(40);
        long tweak = seed == 0 ? -3 : random.nextLong();
        byte[] plain = new byte[offset + length + 17];
        random.nextBytes(plain);
        byte[] data = plain.clone();
        cipher.encrypt(data, offset, length, tweak);
        assertThat(data)
            .as("seed %d", seed)
            .isEqualTo(bySector(reference, plain, offset, length, tweak));
        cipher.decrypt(data, offset, length, tweak);
        assertThat(data).as("seed %d", seed).isEqualTo(plain);
      }
    }
  }

  private static int boundary(int seed) {
    int[] sectors = {0, 1, 2, 3, 4, 5, 31, 32, 33, 63, 64, REQUEST_SECTORS};
    return sectors[seed];
  }

  private static byte[] bySector(
      SectorCipher reference, byte[] plain, int offset, int length, long tweak) {
    byte[] data = plain.clone();
    int size = reference.sectorSize();
    for (int i = 0; i < length / size; i++) {
      reference.encrypt(data, offset + i * size, size, tweak + (long) i * (size / 512));
    }
    return data;
  }

  @ParameterizedTest
  @MethodSource("providers")
  void encrypt_secondSectorOf4096_hasTweakEight(XtsProvider provider) {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SectorCipher cipher = provider.aesXts(key, 4096)) {
      byte[] both = new byte[8192];
      cipher.encrypt(both, 0, 8192, 0);
      byte[] second = new byte[4096];
      cipher.encrypt(second, 0, 4096, 8);
      assertThat(Arrays.copyOfRange(both, 4096, 8192)).isEqualTo(second);
    }
  }

  @ParameterizedTest
  @MethodSource("providersAndSizes")
  void encrypt_sameSectorTwice_givesTheSame(XtsProvider provider, int sectorSize) {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SectorCipher cipher = provider.aesXts(key, sectorSize)) {
      byte[] first = new byte[sectorSize];
      cipher.encrypt(first, 0, sectorSize, 5);
      for (int again = 0; again < 3; again++) {
        byte[] next = new byte[sectorSize];
        cipher.encrypt(next, 0, sectorSize, 5);
        assertThat(next).isEqualTo(first);
        cipher.decrypt(next, 0, sectorSize, 5);
        assertThat(next).containsOnly(0);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void aesXts_aes128_agreesWithJdkOrIsRefused(XtsProvider provider) {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_128_BYTES)) {
      if (provider.refusesBecause(key).isPresent()) {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> provider.aesXts(key, 512))
            .withMessageContaining(provider.name());
        return;
      }
      try (SectorCipher cipher = provider.aesXts(key, 512);
          SectorCipher reference = new JdkProvider().aesXts(key, 512)) {
        byte[] data = new byte[4096];
        cipher.encrypt(data, 0, data.length, 7);
        assertThat(data).isEqualTo(bySector(reference, new byte[4096], 0, 4096, 7));
      }
    }
  }

  @ParameterizedTest
  @MethodSource("providersAndSizes")
  void encrypt_badRange_isRefusedAndChangesNothing(XtsProvider provider, int sectorSize) {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SectorCipher cipher = provider.aesXts(key, sectorSize)) {
      byte[] data = new byte[2 * sectorSize];
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cipher.encrypt(data, 0, sectorSize - 1, 0));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> cipher.decrypt(data, 0, sectorSize + 1, 0));
      assertThatThrownBy(() -> cipher.encrypt(data, 1, 2 * sectorSize, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThatThrownBy(() -> cipher.encrypt(data, -1, sectorSize, 0))
          .isInstanceOf(IndexOutOfBoundsException.class);
      assertThat(data).containsOnly(0);
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void aesXts_wrongSizes_areRefused(XtsProvider provider) {
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SecretBuffer shortKey = SecretBuffer.random(48)) {
      for (int size : new int[] {0, 256, 511, 513, 1536, 8192, -512, Integer.MIN_VALUE}) {
        assertThatIllegalArgumentException().isThrownBy(() -> provider.aesXts(key, size));
      }
      assertThatIllegalArgumentException().isThrownBy(() -> provider.aesXts(shortKey, 512));
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void close_thenUse_throwsIllegalState(XtsProvider provider) {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES)) {
      SectorCipher cipher = provider.aesXts(key, 512);
      cipher.encrypt(new byte[512], 0, 512, 0);
      cipher.close();
      cipher.close();
      assertThatThrownBy(() -> cipher.encrypt(new byte[512], 0, 512, 0))
          .isInstanceOf(IllegalStateException.class);
    }
  }

  @ParameterizedTest
  @MethodSource("providers")
  void toString_ofCipher_hasNoKey(XtsProvider provider) {
    requireAvailable(provider);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SectorCipher cipher = provider.aesXts(key, 512)) {
      assertThat(cipher)
          .hasToString("AES-256-XTS[%s, 512-byte sectors]".formatted(provider.name()));
      assertThat(cipher.provider()).isEqualTo(provider.name());
      assertThat(cipher.sectorSize()).isEqualTo(512);
    }
  }

  @Test
  void refusesBecause_equalHalves_onlyOwnXtsAccepts() {
    try (SecretBuffer key = SecretBuffer.takeFrom(new byte[64])) {
      assertThat(providers().filter(p -> p.refusesBecause(key).isEmpty()))
          .extracting(XtsProvider::name)
          .containsExactly("libcrypto-ecb", "libgcrypt", "jdk");
    }
  }

  private static SecretBuffer randomKey(SplittableRandom random, int bytes) {
    byte[] key = new byte[bytes];
    random.nextBytes(key);
    return SecretBuffer.takeFrom(key);
  }

  private static void requireAvailable(XtsProvider provider) {
    Assumptions.assumeTrue(
        provider.unavailableBecause().isEmpty(), () -> provider.unavailableBecause().orElse(""));
  }
}
