package org.secretfs.keymanager;

/**
 * How many requests per second one user or role may make; as many at once after a second of rest. 0
 * is no limit.
 *
 * @param cryptographicPerSecond operations that use a key, and random numbers
 * @param managementPerSecond all other operations of KMS
 * @param sessionsPerSecond those of STS
 */
public record RateLimits(
    int cryptographicPerSecond, int managementPerSecond, int sessionsPerSecond) {
  /** The most that may be configured. */
  public static final int MOST = 1_000_000;

  /** Where nothing is configured: as many decryptions as an AWS account has by default. */
  public static final RateLimits DEFAULT = new RateLimits(10_000, 1_000, 200);

  /** No limits. */
  public static final RateLimits NONE = new RateLimits(0, 0, 0);

  /** Checks the range. */
  public RateLimits {
    require(cryptographicPerSecond);
    require(managementPerSecond);
    require(sessionsPerSecond);
  }

  private static void require(int perSecond) {
    if (perSecond < 0 || perSecond > MOST) {
      throw new IllegalArgumentException(
          "rate limit %d: must be 0 to %d per second".formatted(perSecond, MOST));
    }
  }
}
