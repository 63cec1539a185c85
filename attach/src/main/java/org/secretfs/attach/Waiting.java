package org.secretfs.attach;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waits for a state of the operating system that nothing announces. */
final class Waiting {
  private static final long FIRST_PAUSE_MILLIS = 2;
  private static final long LONGEST_PAUSE_MILLIS = 50;

  private Waiting() {}

  /** Looks again and again, for at most {@code limit}; returns whether it became true. */
  static boolean until(Duration limit, BooleanSupplier condition) {
    long start = System.nanoTime();
    long pauseMillis = FIRST_PAUSE_MILLIS;
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - start > limit.toNanos() || !pause(pauseMillis)) {
        return condition.getAsBoolean();
      }
      pauseMillis = Math.min(2 * pauseMillis, LONGEST_PAUSE_MILLIS);
    }
    return true;
  }

  private static boolean pause(long millis) {
    try {
      Thread.sleep(millis);
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
