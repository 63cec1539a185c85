package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

/** Every cipher by libgcrypt and by Bouncy Castle, one against the other. */
class BlockCiphersTest {
  private static final BlockCiphers GCRYPT = new GcryptCiphers();
  private static final BlockCiphers BOUNCY_CASTLE = new BouncyCastleCiphers();
  private static final int SECTORS = 5;

  static Stream<Arguments> specsAndKeys() {
    return CipherSpec.all().stream()
        .flatMap(spec -> spec.keySizesBytes().stream().map(bytes -> Arguments.of(spec, bytes)));
  }

  /** Libgcrypt has no Twofish of 192 bits. */
  static Stream<Arguments> ofBothProviders() {
    return specsAndKeys()
        .filter(arguments ->
            !(arguments.get()[0] instanceof CipherSpec spec
                && spec.algorithm() == CipherSpec.Algorithm.TWOFISH
                && Integer.valueOf(24).equals(arguments.get()[1])));
  }

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  /** First numbers: small, and across each place where a narrower counter would wrap. */
  private static List<Long> numbers() {
    List<Long> numbers = new ArrayList<>(List.of(0L, 1L, 77L, Long.MAX_VALUE - 100));
    for (int bits : new int[] {8, 16, 31, 32, 33, 48}) {
      numbers.add((1L << bits) - 2);
    }
    return numbers;
  }

  @ParameterizedTest
  @MethodSource("ofBothProviders")
  void encrypt_byBothProviders_isTheSameAndDecrypts(CipherSpec spec, int keyBytes) {
    Assumptions.assumeTrue(
        GCRYPT.unavailableBecause(spec, keyBytes).isEmpty(),
        () -> GCRYPT.unavailableBecause(spec, keyBytes).orElse(""));
    for (int sectorSize : new int[] {512, 1024, 2048, 4096}) {
      try (SecretBuffer key = SecretBuffer.takeFrom(random(keyBytes));
          SectorCipher one = GCRYPT.cipher(spec, key, sectorSize);
          SectorCipher other = BOUNCY_CASTLE.cipher(spec, key, sectorSize)) {
        for (long number : numbers()) {
          requireSame(one, other, number);
        }
      }
    }
  }

  private static void requireSame(SectorCipher one, SectorCipher other, long number) {
    int length = SECTORS * one.sectorSize();
    byte[] plain = random(length + 7);
    byte[] first = plain.clone();
    byte[] second = plain.clone();
    one.encrypt(first, 3, length, number);
    other.encrypt(second, 3, length, number);
    assertThat(first).isEqualTo(second).isNotEqualTo(plain);
    one.decrypt(second, 3, length, number);
    other.decrypt(first, 3, length, number);
    assertThat(first).isEqualTo(plain);
    assertThat(second).isEqualTo(plain);
  }

  @ParameterizedTest
  @MethodSource("specsAndKeys")
  void encrypt_sectorBySector_isTheSameAsAtOnce(CipherSpec spec, int keyBytes) {
    int sectorSize = 4096;
    try (SecretBuffer key = SecretBuffer.takeFrom(random(keyBytes));
        SectorCipher cipher = SectorCiphers.of(spec, key, sectorSize)) {
      for (long number : numbers()) {
        byte[] atOnce = random(SECTORS * sectorSize);
        byte[] apart = atOnce.clone();
        cipher.encrypt(atOnce, 0, atOnce.length, number);
        for (int i = 0; i < SECTORS; i++) {
          cipher.encrypt(apart, i * sectorSize, sectorSize, number + i * 8L);
        }
        assertThat(apart).as("from %d", number).isEqualTo(atOnce);
      }
    }
  }

  /** The measured AES-XTS providers are a third implementation, proven by published vectors. */
  @ParameterizedTest
  @ValueSource(ints = {32, 64})
  void encrypt_aesXts_isTheSameAsByTheMeasuredProviders(int keyBytes) {
    try (SecretBuffer key = SecretBuffer.takeFrom(random(keyBytes));
        SectorCipher one = SectorCiphers.aesXts(key, 512);
        SectorCipher other = BOUNCY_CASTLE.cipher(CipherSpec.AES_XTS_PLAIN64, key, 512)) {
      for (long number : numbers()) {
        requireSame(one, other, number);
      }
    }
  }
}
