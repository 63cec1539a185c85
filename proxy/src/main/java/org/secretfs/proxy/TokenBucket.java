package org.secretfs.proxy;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Lets so many units per second pass on average, and a second's worth at once.
 *
 * <p>Keeps one number: the time at which all units granted so far will have been earned. Each
 * caller moves it on by what it takes and waits until it lies less than a second ahead, so callers
 * are served in the order in which they came, and one request larger than a second's worth still
 * passes.
 */
final class TokenBucket {
  private static final long BURST_NANOS = TimeUnit.SECONDS.toNanos(1);

  private final double nanosPerUnit;
  private final AtomicLong earnedAt;

  /**
   * A full bucket.
   *
   * @param unitsPerSecond 1 or more
   */
  TokenBucket(long unitsPerSecond, long nowNanos) {
    this.nanosPerUnit = (double) TimeUnit.SECONDS.toNanos(1) / unitsPerSecond;
    this.earnedAt = new AtomicLong(nowNanos - BURST_NANOS);
  }

  /** Takes units, and returns for how many nanoseconds the caller must wait; 0 or less for none. */
  long take(long units, long nowNanos) {
    long cost = (long) (units * nanosPerUnit);
    while (true) {
      long before = earnedAt.get();
      // What was not used within the last second is lost.
      long base = Math.max(before - nowNanos, -BURST_NANOS);
      if (earnedAt.compareAndSet(before, nowNanos + base + cost)) {
        return base + cost;
      }
    }
  }
}
