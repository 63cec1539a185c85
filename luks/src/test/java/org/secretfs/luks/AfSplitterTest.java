package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The anti-forensic splitter; that it is the same as others' is shown with cryptsetup's volumes.
 */
class AfSplitterTest {
  @ParameterizedTest
  @EnumSource
  void merge_ofSplit_isTheKey(HashAlgorithm hash) {
    for (int length : new int[] {16, 32, 33, 64, 128}) {
      try (SecretBuffer key = SecretBuffer.random(length)) {
        byte[] split = AfSplitter.split(key, 50, hash);
        assertThat(split).hasSize(50 * length);
        try (SecretBuffer merged = AfSplitter.merge(split, length, 50, hash)) {
          assertThat(merged.equalsSecret(key)).isTrue();
        }
      }
    }
  }

  @Test
  void merge_anyBitChanged_isAnotherKey() {
    try (SecretBuffer key = SecretBuffer.random(32)) {
      byte[] split = AfSplitter.split(key, 20, HashAlgorithm.SHA256);
      for (int at = 0; at < split.length; at++) {
        split[at] ^= 1;
        try (SecretBuffer merged = AfSplitter.merge(split, 32, 20, HashAlgorithm.SHA256)) {
          assertThat(merged.equalsSecret(key)).isFalse();
        }
        split[at] ^= 1;
      }
    }
  }

  @Test
  void split_twice_differs() {
    try (SecretBuffer key = SecretBuffer.random(32)) {
      assertThat(AfSplitter.split(key, 4, HashAlgorithm.SHA256))
          .isNotEqualTo(AfSplitter.split(key, 4, HashAlgorithm.SHA256));
    }
  }

  /**
   * Two stripes by hand: the key is the second stripe XOR the hash of the number 0 and the first;
   * computed with {@code (printf '\0\0\0\0'; printf 'abcdefghijklmnopqrstuvwxyz012345') |
   * sha256sum}.
   */
  @Test
  void merge_twoStripes_isTheHashOfTheFirst() {
    byte[] split = new byte[64];
    byte[] first = "abcdefghijklmnopqrstuvwxyz012345".getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(first, 0, split, 0, 32);
    byte[] expected =
        HexFormat.of().parseHex("6cfe3362790ffd9464b86b214a92c32d56a99684b09d70a952f6fcf3a54ff498");
    try (SecretBuffer merged = AfSplitter.merge(split, 32, 2, HashAlgorithm.SHA256);
        SecretBuffer wanted = SecretBuffer.takeFrom(expected)) {
      assertThat(merged.equalsSecret(wanted)).isTrue();
    }
  }
}
