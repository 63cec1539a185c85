package org.secretfs.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class TokenBucketTest {
  private static final long SECOND = 1_000_000_000L;

  /** Takes until the clock says a second has passed, waiting as told; returns what it got. */
  private static long taken(TokenBucket bucket, long unitsAtOnce, long beginNanos, long endNanos) {
    long taken = 0;
    long now = beginNanos;
    while (now < endNanos) {
      now += Math.max(0, bucket.take(unitsAtOnce, now));
      if (now < endNanos) {
        taken += unitsAtOnce;
      }
    }
    return taken;
  }

  @Test
  void take_full_givesASecondsWorthAtOnce() {
    TokenBucket bucket = new TokenBucket(1000, 0);

    assertThat(bucket.take(1000, 0)).isZero();
    assertThat(bucket.take(1, 0)).isEqualTo(SECOND / 1000);
  }

  @Test
  void take_overTenSeconds_averagesTheRate() {
    long taken = taken(new TokenBucket(1000, 0), 10, 0, 10 * SECOND);

    assertThat(taken).isBetween(10_900L, 11_000L);
  }

  @Test
  void take_afterALongPause_givesNoMoreThanASecondsWorth() {
    TokenBucket bucket = new TokenBucket(1000, 0);
    long later = 3600 * SECOND;

    assertThat(bucket.take(1000, later)).isLessThanOrEqualTo(0);
    assertThat(bucket.take(1, later)).isPositive();
  }

  @Test
  void take_moreThanASecondsWorth_passesLater() {
    TokenBucket bucket = new TokenBucket(1000, 0);

    assertThat(bucket.take(5000, 0)).isEqualTo(4 * SECOND);
  }
}
