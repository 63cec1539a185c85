package org.secretfs.metrics;

import java.util.concurrent.atomic.LongAdder;

/** Counts durations in buckets. Safe for use by many threads; recording allocates nothing. */
public final class LatencyHistogram {
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

  /** An empty one. */
  public LatencyHistogram() {
    for (int i = 0; i < counts.length; i++) {
      counts[i] = new LongAdder();
    }
  }

  /** Counts a duration. */
  public void record(long nanos) {
    int bucket = 0;
    while (bucket < BOUNDS_NANOS.length && nanos > BOUNDS_NANOS[bucket]) {
      bucket++;
    }
    counts[bucket].increment();
    sumNanos.add(nanos);
  }

  /** How many durations were counted. */
  public long count() {
    long count = 0;
    for (LongAdder bucket : counts) {
      count += bucket.sum();
    }
    return count;
  }

  /** How long they were together. */
  public double sumSeconds() {
    return sumNanos.sum() / 1e9;
  }

  /** Tells each bucket's upper bound in seconds and how many durations were not above it. */
  public void cumulative(Listener listener) {
    long below = 0;
    for (int i = 0; i < counts.length; i++) {
      below += counts[i].sum();
      listener.bucket(
          i < BOUNDS_NANOS.length ? BOUNDS_NANOS[i] / 1e9 : Double.POSITIVE_INFINITY, below);
    }
  }

  /** Hears of the buckets in order. */
  @FunctionalInterface
  public interface Listener {
    /** Hears of one. */
    void bucket(double upToSeconds, long count);
  }
}
