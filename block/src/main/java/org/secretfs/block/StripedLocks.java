package org.secretfs.block;

import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/** A fixed number of locks for any number of sectors: equal sectors always share one. */
final class StripedLocks {
  private static final int COUNT = 64;

  private final Lock[] locks = new Lock[COUNT];

  StripedLocks() {
    for (int i = 0; i < COUNT; i++) {
      locks[i] = new ReentrantLock();
    }
  }

  Lock of(long sectorNumber) {
    return locks[(int) (sectorNumber % COUNT)];
  }
}
