package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.secretfs.failure.OptionException;
import org.secretfs.luks.ReencryptListener;
import picocli.CommandLine.Option;

/**
 * How far a long work is: on a terminal one line that is overwritten, elsewhere a line now and
 * then, or JSON as cryptsetup has it.
 */
final class ReencryptProgress {
  private static final long DEFAULT_NANOS = Duration.ofMillis(500).toNanos();
  private static final long MOST_SILENT_NANOS = Duration.ofMinutes(1).toNanos();
  private static final double LINE_PERCENT = 10;
  private static final double MIB = 1 << 20;

  @Option(
      names = "--progress-json",
      description = "Print progress as JSON lines with the fields of cryptsetup.")
  private boolean json;

  @Option(
      names = "--progress-frequency",
      paramLabel = "SECONDS",
      description =
          "Print a line of progress that often (default: on a terminal one line, overwritten;"
              + " elsewhere a line each tenth of the work and each minute).")
  private @Nullable Integer frequency;

  void requireSense() {
    if (frequency != null && frequency < 0) {
      throw new OptionException("--progress-frequency %d: must be 0 or more".formatted(frequency));
    }
  }

  /** Where the text goes, as it is, line ends included. */
  @FunctionalInterface
  interface Sink {
    void print(String text);
  }

  /**
   * Returns what prints.
   *
   * @param shows whether text is wanted where JSON is not
   * @param terminal whether notes go to a terminal, where a line can be overwritten
   */
  ReencryptListener listener(
      String device, boolean shows, boolean terminal, Sink facts, Sink notes) {
    return new ReencryptListener() {
      private long start;
      private long startBytes = -1;
      private long last;
      private long lastBytes;

      @Override
      public boolean progress(long doneBytes, long totalBytes) {
        long now = System.nanoTime();
        if (startBytes < 0) {
          start = now;
          startBytes = doneBytes;
          lastBytes = doneBytes;
          last = now;
          return !Thread.currentThread().isInterrupted();
        }
        boolean ends = doneBytes == totalBytes;
        if (ends || isDue(now - last, 100.0 * (doneBytes - lastBytes) / totalBytes)) {
          last = now;
          lastBytes = doneBytes;
          double passed = Math.max(now - start, 1) / 1e9;
          double rate = (doneBytes - startBytes) / passed;
          double left = rate == 0 ? 0 : (totalBytes - doneBytes) / rate;
          print(doneBytes, totalBytes, rate, left, passed, ends);
        }
        return !Thread.currentThread().isInterrupted();
      }

      private boolean isDue(long silentNanos, double percent) {
        if (frequency != null) {
          return silentNanos >= Duration.ofSeconds(frequency).toNanos();
        }
        return (json || terminal)
            ? silentNanos >= DEFAULT_NANOS
            : silentNanos >= MOST_SILENT_NANOS || percent >= LINE_PERCENT;
      }

      private void print(
          long doneBytes, long totalBytes, double rate, double left, double passed, boolean ends) {
        if (json) {
          facts.print(line(device, doneBytes, totalBytes, rate, left, passed) + "\n");
        } else if (shows) {
          boolean lines = frequency != null || !terminal;
          String text = text(doneBytes, totalBytes, rate, ends ? passed : left, ends);
          notes.print((lines ? "" : "\r\33[2K") + text + (lines || ends ? "\n" : ""));
        }
      }
    };
  }

  private static String line(
      String device, long doneBytes, long totalBytes, double rate, double left, double passed) {
    ObjectNode node = com.fasterxml.jackson.databind.node.JsonNodeFactory.instance.objectNode();
    node.put("device", device)
        .put("device_bytes", Long.toString(doneBytes))
        .put("device_size", Long.toString(totalBytes))
        .put("speed", Long.toString((long) rate))
        .put("eta_ms", Long.toString((long) (left * 1000)))
        .put("time_ms", Long.toString((long) (passed * 1000)));
    return node.toString();
  }

  private static String text(
      long doneBytes, long totalBytes, double rate, double seconds, boolean ends) {
    String time = "%02dm%02ds".formatted((long) seconds / 60, (long) seconds % 60);
    return String.format(
        Locale.ROOT,
        ends
            ? "Finished, time %2$s, %3$4.0f MiB written, speed %4$5.1f MiB/s"
            : "Progress: %1$5.1f%%, ETA %2$s, %3$4.0f MiB written, speed %4$5.1f MiB/s",
        100.0 * doneBytes / totalBytes,
        time,
        doneBytes / MIB,
        rate / MIB);
  }
}
