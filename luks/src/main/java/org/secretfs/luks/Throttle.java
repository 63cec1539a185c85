package org.secretfs.luks;

import java.io.InterruptedIOException;
import java.util.OptionalLong;

/** Keeps a rate in bytes per second, measured from the beginning. */
final class Throttle {
  private final OptionalLong bytesPerSecond;
  private final long startNanos = System.nanoTime();
  private long bytes;

  Throttle(OptionalLong bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  /** Counts what was done, and waits as long as that was too fast. */
  void await(long doneBytes) throws InterruptedIOException {
    if (bytesPerSecond.isEmpty()) {
      return;
    }
    bytes += doneBytes;
    double dueNanos = bytes * 1e9 / bytesPerSecond.getAsLong();
    long waitMillis = (long) ((dueNanos - (System.nanoTime() - startNanos)) / 1e6);
    if (waitMillis > 0) {
      try {
        Thread.sleep(waitMillis);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new InterruptedIOException("interrupted while throttled");
      }
    }
  }
}
