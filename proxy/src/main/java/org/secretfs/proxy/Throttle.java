package org.secretfs.proxy;

import java.io.InterruptedIOException;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** Holds requests back as a {@link RateLimit} asks. */
final class Throttle {
  private final Optional<TokenBucket> bytes;
  private final Optional<TokenBucket> requests;

  Throttle(RateLimit limit) {
    this.bytes = bucket(limit.bytesPerSecond());
    this.requests = bucket(limit.requestsPerSecond());
  }

  private static Optional<TokenBucket> bucket(long unitsPerSecond) {
    return unitsPerSecond == 0
        ? Optional.empty()
        : Optional.of(new TokenBucket(unitsPerSecond, System.nanoTime()));
  }

  /** Whether any request may ever have to wait. */
  boolean limits() {
    return bytes.isPresent() || requests.isPresent();
  }

  /** Waits until a request may go on; returns for how long it did, in nanoseconds. */
  long await(long lengthBytes) throws InterruptedIOException {
    long now = System.nanoTime();
    long pause =
        Math.max(
            bytes.isPresent() ? bytes.get().take(lengthBytes, now) : 0,
            requests.isPresent() ? requests.get().take(1, now) : 0);
    if (pause <= 0) {
      return 0;
    }
    try {
      TimeUnit.NANOSECONDS.sleep(pause);
      return pause;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while held back by the rate limit");
    }
  }
}
