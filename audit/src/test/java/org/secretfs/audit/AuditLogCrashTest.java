package org.secretfs.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** SIGKILL of a process that writes with many threads. */
class AuditLogCrashTest {
  private static final int KILLS = 6;

  @TempDir private Path directory;

  @Test
  void append_killedUnderLoad_everyAcknowledgedRecordIsThere() throws Exception {
    SplittableRandom random = new SplittableRandom(20261121);
    Set<Long> acknowledged = new HashSet<>();
    for (int kill = 0; kill < KILLS; kill++) {
      runAndKill(kill * 1_000_000L, 50 + random.nextInt(2000), acknowledged);
      AuditLog.open(directory, Clock.systemUTC()).close();
    }
    Set<Long> found = new HashSet<>();
    Verification all = AuditTrail.read(directory, entry -> found.add(Events.number(entry.event())));
    assertThat(all.firstBreak()).isEmpty();
    assertThat(acknowledged).hasSizeGreaterThanOrEqualTo(KILLS * 50);
    assertThat(found).containsAll(acknowledged);
  }

  /** Kills the writer after it acknowledged so many, and reads what else it still could say. */
  private void runAndKill(long base, int after, Set<Long> acknowledged) throws IOException {
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                WriterMain.class.getName(),
                directory.toString(),
                Long.toString(base))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader lines =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.US_ASCII))) {
      int seen = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        acknowledged.add(Long.valueOf(line));
        seen++;
        if (seen == after) {
          // Through the handle: what the process said before it died can still be read.
          writer.toHandle().destroyForcibly();
        }
      }
    } finally {
      writer.destroyForcibly().onExit().join();
    }
  }
}
