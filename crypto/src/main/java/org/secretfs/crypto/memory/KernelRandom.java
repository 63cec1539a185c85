package org.secretfs.crypto.memory;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Random bytes from the kernel, for what is not secret: nonces, salts, identifiers. For secrets,
 * {@link SecretBuffer#random} keeps them off the heap.
 */
public final class KernelRandom {
  private KernelRandom() {}

  /** Returns {@code count} random bytes. */
  public static byte[] bytes(int count) {
    byte[] random = new byte[count];
    fill(random, 0, count);
    return random;
  }

  /** Fills a part of an array. */
  public static void fill(byte[] target, int offset, int count) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment random = arena.allocate(Math.max(count, 1)).asSlice(0, count);
      Posix.fillRandom(random);
      MemorySegment.copy(random, ValueLayout.JAVA_BYTE, 0, target, offset, count);
    }
  }
}
