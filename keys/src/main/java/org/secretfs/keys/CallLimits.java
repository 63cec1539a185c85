package org.secretfs.keys;

import java.time.Duration;

/**
 * How long a call to a service may take.
 *
 * @param connect for the connection, 1 ms or more
 * @param attempt for one attempt from the first byte sent to the last received, and for each wait
 *     for bytes
 * @param call for all attempts and the waits between them
 * @param attempts the most attempts, 1 or more; the waits between them grow and are random
 */
public record CallLimits(Duration connect, Duration attempt, Duration call, int attempts) {
  /** 5 s, 10 s, 60 s, 5 attempts. */
  public static final CallLimits DEFAULT =
      new CallLimits(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(60), 5);

  public CallLimits {
    requireAtLeastOneMillisecond("connect", connect);
    requireAtLeastOneMillisecond("attempt", attempt);
    requireAtLeastOneMillisecond("call", call);
    if (attempts < 1) {
      throw new IllegalArgumentException("%d attempts: must be 1 or more".formatted(attempts));
    }
  }

  private static void requireAtLeastOneMillisecond(String what, Duration duration) {
    if (duration.toMillis() < 1) {
      throw new IllegalArgumentException(
          "%s limit %s: must be 1 ms or more".formatted(what, duration));
    }
  }
}
