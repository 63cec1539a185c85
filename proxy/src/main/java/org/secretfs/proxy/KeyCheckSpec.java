package org.secretfs.proxy;

import java.time.Duration;

/**
 * How it is found out that a key was withdrawn: its source is asked for it again and again.
 *
 * @param every the time between two questions; zero for never
 * @param jitterPercent 0 to 50: each pause is longer or shorter by up to this much, so that many
 *     proxies do not ask at once
 * @param grace how long a key source may be out of reach before that counts as withdrawn
 */
public record KeyCheckSpec(Duration every, int jitterPercent, Duration grace) {
  /** A minute, 20 percent, 10 minutes. */
  public static final KeyCheckSpec DEFAULT =
      new KeyCheckSpec(Duration.ofMinutes(1), 20, Duration.ofMinutes(10));

  public KeyCheckSpec {
    if (every.isNegative() || grace.isNegative() || jitterPercent < 0 || jitterPercent > 50) {
      throw new IllegalArgumentException(
          "key check every %s, jitter %d %%, grace %s: none negative, jitter at most 50"
              .formatted(every, jitterPercent, grace));
    }
  }

  /** Whether the source is asked at all. */
  public boolean enabled() {
    return !every.isZero();
  }
}
