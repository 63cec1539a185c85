package org.secretfs.keymanager.trail;

import java.time.Duration;

/**
 * How the audit trail is delivered.
 *
 * @param name the trail's name
 * @param bucket where its files go
 * @param prefix put before their names; may be empty
 * @param logPeriod how often records are delivered, 1 second to 1 hour
 * @param digestPeriod what a digest covers, 1 second to 1 day
 * @param keyLifetime for how long a key signs digests, at least as long as a digest covers
 */
public record TrailSettings(
    String name,
    String bucket,
    String prefix,
    Duration logPeriod,
    Duration digestPeriod,
    Duration keyLifetime) {
  private static final Duration LEAST = Duration.ofSeconds(1);

  /** Checks the ranges; throws {@link IllegalArgumentException} where one is broken. */
  public TrailSettings {
    require(isWithin(logPeriod, Duration.ofHours(1)), "log period: must be 1 second to 1 hour");
    require(isWithin(digestPeriod, Duration.ofDays(1)), "digest period: must be 1 second to 1 day");
    require(
        keyLifetime.compareTo(digestPeriod) >= 0,
        "key lifetime: must be at least as long as the digest period");
  }

  private static boolean isWithin(Duration period, Duration most) {
    return period.compareTo(LEAST) >= 0 && period.compareTo(most) <= 0;
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("trail " + rule);
    }
  }

  /** As CloudTrail does it: log files every five minutes, a digest every hour. */
  public static TrailSettings of(String name, String bucket) {
    return new TrailSettings(
        name, bucket, "", Duration.ofMinutes(5), Duration.ofHours(1), Duration.ofDays(90));
  }
}
