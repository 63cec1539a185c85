package org.secretfs.crypto.kdf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The oracle is the JDK's or Bouncy Castle's digest over each block. */
class BlockHasherTest {
  private static final int BLOCKS = 5;
  private static final int BLOCK_BYTES = 512;

  private final byte[] bytes = new byte[BLOCKS * BLOCK_BYTES];

  BlockHasherTest() {
    new SplittableRandom(1).nextBytes(bytes);
  }

  private byte[] expected(HashAlgorithm hash, int offset) {
    int length = hash.lengthBytes();
    byte[] hashes = new byte[offset + BLOCKS * length];
    for (int i = 0; i < BLOCKS; i++) {
      byte[] block = Arrays.copyOfRange(bytes, i * BLOCK_BYTES, (i + 1) * BLOCK_BYTES);
      System.arraycopy(hash.newDigest().digest(block), 0, hashes, offset + i * length, length);
    }
    return hashes;
  }

  @ParameterizedTest
  @EnumSource(HashAlgorithm.class)
  void hash_nativeMemory_isTheDigestOfEachBlock(HashAlgorithm hash) {
    byte[] expected = expected(hash, 3);
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment data = arena.allocateFrom(java.lang.foreign.ValueLayout.JAVA_BYTE, bytes);
      byte[] found = new byte[expected.length];
      new BlockHasher(hash).hash(data, BLOCK_BYTES, found, 3);
      assertThat(found).isEqualTo(expected);
    }
  }

  @ParameterizedTest
  @EnumSource(HashAlgorithm.class)
  void hash_withoutLibcrypto_isTheSame(HashAlgorithm hash) {
    byte[] expected = expected(hash, 0);
    byte[] found = new byte[expected.length];
    new BlockHasher(hash, Optional.empty())
        .hash(MemorySegment.ofArray(bytes), BLOCK_BYTES, found, 0);
    assertThat(found).isEqualTo(expected);
  }

  @Test
  void hash_partOfABlock_isRefused() {
    assertThatThrownBy(() ->
            new BlockHasher(HashAlgorithm.SHA256)
                .hash(MemorySegment.ofArray(bytes), 600, new byte[1000], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("multiple of 600");
  }

  @ParameterizedTest
  @EnumSource(
      value = HashAlgorithm.class,
      names = {"SHA256"})
  void hash_targetTooShort_isRefusedAndNothingBehindItIsWritten(HashAlgorithm hash) {
    for (BlockHasher hasher :
        new BlockHasher[] {new BlockHasher(hash), new BlockHasher(hash, Optional.empty())}) {
      assertThatThrownBy(
              () -> hasher.hash(MemorySegment.ofArray(bytes), BLOCK_BYTES, new byte[40], 0))
          .isInstanceOfAny(IndexOutOfBoundsException.class, IllegalArgumentException.class);
    }
  }
}
