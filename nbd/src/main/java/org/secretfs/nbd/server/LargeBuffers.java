package org.secretfs.nbd.server;

import java.nio.ByteBuffer;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Direct buffers for requests that must be held whole, within a budget that the connections of one
 * export share: whoever wants more waits. Buffers are kept for the next request.
 */
final class LargeBuffers {
  private static final int UNIT_BYTES = 1 << 20;

  private final IntFunction<ByteBuffer> allocator;
  private final Semaphore units;
  private final int mostUnits;
  private final Semaphore keptUnits;
  private final Map<Integer, ConcurrentLinkedDeque<ByteBuffer>> kept = new ConcurrentHashMap<>();

  LargeBuffers(int budgetBytes) {
    this(budgetBytes, ByteBuffer::allocateDirect);
  }

  LargeBuffers(int budgetBytes, IntFunction<ByteBuffer> allocator) {
    this.allocator = allocator;
    this.mostUnits = budgetBytes / UNIT_BYTES;
    this.units = new Semaphore(mostUnits, true);
    this.keptUnits = new Semaphore(mostUnits);
  }

  /**
   * Returns a buffer with that many bytes remaining, whatever its content.
   *
   * @param length at most the budget
   * @throws OutOfMemoryError if the process has no room; nothing of the budget is taken then
   */
  ByteBuffer take(int length) {
    int size = units(length);
    units.acquireUninterruptibly(size);
    return taken(size, length);
  }

  /**
   * As {@link #take}, for what the client has yet to send: without waiting, and never more than
   * half of the budget in sum, so that clients that send nothing do not stop the others' reads.
   *
   * @return null if there is no room, in the budget or in the process
   */
  synchronized @Nullable ByteBuffer takeForReceiving(int length) {
    int size = units(length);
    boolean leavesHalf = units.availablePermits() - size >= mostUnits / 2;
    try {
      return leavesHalf && units.tryAcquire(size) ? taken(size, length) : null;
    } catch (OutOfMemoryError e) {
      return null;
    }
  }

  private ByteBuffer taken(int size, int length) {
    ConcurrentLinkedDeque<ByteBuffer> same = kept.get(size);
    ByteBuffer buffer = same == null ? null : same.poll();
    if (buffer == null) {
      buffer = allocated(size);
    } else {
      keptUnits.release(size);
    }
    return buffer.clear().limit(length);
  }

  private ByteBuffer allocated(int size) {
    try {
      return allocator.apply(size * UNIT_BYTES);
    } catch (OutOfMemoryError e) {
      units.release(size);
      throw e;
    }
  }

  /** How many MiB of the budget are free. */
  int available() {
    return units.availablePermits();
  }

  void give(ByteBuffer buffer) {
    int size = buffer.capacity() / UNIT_BYTES;
    if (keptUnits.tryAcquire(size)) {
      kept.computeIfAbsent(size, _ -> new ConcurrentLinkedDeque<>()).push(buffer);
    }
    units.release(size);
  }

  private int units(int length) {
    int needed = Math.ceilDiv(length, UNIT_BYTES);
    if (needed > mostUnits) {
      throw new IllegalArgumentException(
          "%d bytes: the budget is %d MiB".formatted(length, mostUnits));
    }
    // Powers of two, so that few sizes are kept.
    return Math.min(mostUnits, Integer.highestOneBit(Math.max(1, 2 * needed - 1)));
  }
}
