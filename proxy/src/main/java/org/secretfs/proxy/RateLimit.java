package org.secretfs.proxy;

/**
 * The most that all clients of an export together may ask for, on average; a second's worth may
 * come at once.
 *
 * @param bytesPerSecond read and written; 0 for no limit
 * @param requestsPerSecond of any kind; 0 for no limit
 */
public record RateLimit(long bytesPerSecond, long requestsPerSecond) {
  /** No limit. */
  public static final RateLimit NONE = new RateLimit(0, 0);

  public RateLimit {
    if (bytesPerSecond < 0 || requestsPerSecond < 0) {
      throw new IllegalArgumentException(
          "%d bytes/s, %d requests/s: must not be negative"
              .formatted(bytesPerSecond, requestsPerSecond));
    }
  }
}
