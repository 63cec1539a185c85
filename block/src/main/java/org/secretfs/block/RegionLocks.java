package org.secretfs.block;

import java.util.concurrent.locks.StampedLock;

/**
 * Keeps requests that change a sector in part apart from all others to that sector, which share.
 *
 * <p>A fixed number of locks serves any number of regions of 1 MiB: equal regions always have one
 * lock. Taking a shared one costs one atomic operation and no memory.
 */
final class RegionLocks {
  /** A request's pieces do not cross a multiple of it. */
  static final int REGION_BYTES = 1 << 20;

  private static final int COUNT = 64;

  private final StampedLock[] locks = new StampedLock[COUNT];

  RegionLocks() {
    for (int i = 0; i < COUNT; i++) {
      locks[i] = new StampedLock();
    }
  }

  /** The lock of the region around an offset. */
  StampedLock of(long offsetBytes) {
    return locks[(int) (offsetBytes / REGION_BYTES % COUNT)];
  }
}
