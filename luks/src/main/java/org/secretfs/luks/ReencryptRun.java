package org.secretfs.luks;

import java.util.OptionalLong;
import org.secretfs.failure.OptionException;

/**
 * How a re-encryption runs.
 *
 * @param hotzoneBytes the most that is rewritten at once; empty for what memory and the area allow
 * @param volumeBytes how much of the device is rewritten, from its data's beginning; empty for all
 * @param bytesPerSecond the throttle; empty for none
 * @param workers how many threads work; with one, nothing happens ahead of its turn
 */
public record ReencryptRun(
    OptionalLong hotzoneBytes, OptionalLong volumeBytes, OptionalLong bytesPerSecond, int workers) {
  /** Refuses what makes no sense. */
  public ReencryptRun {
    if (workers < 1
        || hotzoneBytes.orElse(512) < 512
        || volumeBytes.orElse(512) < 512
        || bytesPerSecond.orElse(1) < 1) {
      throw new OptionException("sizes from 512 bytes on, rates and workers from 1 on");
    }
  }

  /** As fast as the machine can. */
  public static ReencryptRun fastest() {
    return new ReencryptRun(
        OptionalLong.empty(),
        OptionalLong.empty(),
        OptionalLong.empty(),
        Math.clamp(Runtime.getRuntime().availableProcessors(), 2, 4));
  }
}
