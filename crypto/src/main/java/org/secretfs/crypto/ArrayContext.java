package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/**
 * A context of a provider that works on arrays only. Sectors in an array are done in place; those
 * in native memory go through an array that stays in the processor's nearest cache.
 */
abstract class ArrayContext extends SectorContext {
  private static final int COPY_BYTES = 16 * 1024;

  private byte[] copy = {};

  /** As the other {@code run}, in an array. */
  abstract void run(
      boolean encrypt, byte[] data, int offset, int length, int unitBytes, long tweak, int step);

  @Override
  final void run(boolean encrypt, MemorySegment data, int unitBytes, long tweak, int step) {
    if (data.heapBase().orElse(data) instanceof byte[] array) {
      int length = Math.toIntExact(data.byteSize());
      run(encrypt, array, (int) data.address(), length, unitBytes, tweak, step);
    } else {
      runThroughCopy(encrypt, data, unitBytes, tweak, step);
    }
  }

  private void runThroughCopy(
      boolean encrypt, MemorySegment data, int unitBytes, long tweak, int step) {
    int units = Math.max(1, COPY_BYTES / unitBytes);
    if (copy.length < units * unitBytes) {
      copy = new byte[units * unitBytes];
    }
    long next = tweak;
    for (long done = 0; done < data.byteSize(); done += copy.length) {
      int length = (int) Math.min(copy.length, data.byteSize() - done);
      MemorySegment.copy(data, ValueLayout.JAVA_BYTE, done, copy, 0, length);
      run(encrypt, copy, 0, length, unitBytes, next, step);
      MemorySegment.copy(copy, 0, data, ValueLayout.JAVA_BYTE, done, length);
      next += (long) units * step;
    }
  }

  @Override
  public void close() {
    Arrays.fill(copy, (byte) 0);
  }
}
