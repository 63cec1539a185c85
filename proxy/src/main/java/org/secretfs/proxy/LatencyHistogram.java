package org.secretfs.proxy;

import java.util.concurrent.atomic.LongAdder;

/** Counts durations in buckets. Safe for use by many threads; recording allocates nothing. */
final class LatencyHistogram {
  /** Upper bounds in nanoseconds, from 20 µs to 10 s; one more bucket has none. */
  private static final long[] BOUNDS_NANOS = {
    20_000L,
    50_000L,
    100_000L,
    200_000L,
    500_000L,
    1_000_000L,
    2_000_000L,
    5_000_000L,
    10_000_000L,
    20_000_000L,
    50_000_000L,
    100_000_000L,
    500_000_000L,
    1_000_000_000L,
    10_000_000_000L
  };

  private final LongAdder[] counts = new LongAdder[BOUNDS_NANOS.length + 1];
  private final LongAdder sumNanos = new LongAdder();

  LatencyHistogram() {
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  void record(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    sumNanos.add(nanos);
  }

  long count() {
    long count = 0;
    for (LongAdder bucket : counts) {
      count += bucket.sum();
    }
    return count;
  }

  double sumSeconds() {
    return sumNanos.sum() / 1e9;
  }

  /** Tells each bucket's upper bound in seconds and how many durations were not above it. */
  void cumulative(Listener listener) {
    long below = 0;
    for (int i = 0; i < counts.length; i++) {
      below += counts[i].sum();
      listener.bucket(
          i < BOUNDS_NANOS.length ? BOUNDS_NANOS[i] / 1e9 : Double.POSITIVE_INFINITY, below);
    }
  }

  /** Hears of the buckets in order. */
  @FunctionalInterface
  interface Listener {
    void bucket(double upToSeconds, long count);
  }
}
