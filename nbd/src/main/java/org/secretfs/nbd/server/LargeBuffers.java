package org.secretfs.nbd.server;

import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.Semaphore;

/**
 * Arrays for requests that must be held whole, within a budget that all connections share: whoever
 * wants more waits. Arrays are kept for the next request.
 */
final class LargeBuffers {
  private static final int UNIT_BYTES = 1 << 20;

  private final Semaphore units;
  private final int mostUnits;
  private final ConcurrentLinkedDeque<byte[]> kept = new ConcurrentLinkedDeque<>();

  LargeBuffers(int budgetBytes) {
    this.mostUnits = budgetBytes / UNIT_BYTES;
    this.units = new Semaphore(mostUnits, true);
  }

  /**
   * Returns an array of at least that length, whatever its content.
   *
   * @param length at most the budget
   */
  byte[] take(int length) {
    units.acquireUninterruptibly(units(length));
    if (length <= UNIT_BYTES) {
      byte[] array = kept.poll();
      return array != null ? array : new byte[UNIT_BYTES];
    }
    return new byte[Math.ceilDiv(length, UNIT_BYTES) * UNIT_BYTES];
  }

  void give(byte[] array) {
    if (array.length == UNIT_BYTES) {
      kept.push(array);
    }
    units.release(units(array.length));
  }

  private int units(int length) {
    return Math.min(mostUnits, Math.ceilDiv(length, UNIT_BYTES));
  }
}
