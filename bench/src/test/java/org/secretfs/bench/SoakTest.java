package org.secretfs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The soak, in rounds: every checksum holds. */
class SoakTest {
  @TempDir Path folder;

  @Test
  void soak_oneRound_verifies() throws Exception {
    assertThat(soak("0.01")).contains("soak: 1 rounds verified");
  }

  /** The server is the same in all rounds; so what a round leaves behind shows in the next. */
  @Tag("long")
  @Test
  void soak_oneMinute_verifiesSeveralRounds() throws Exception {
    assertThat(soak("1")).containsPattern("soak: ([2-9]|[1-9][0-9]+) rounds verified");
  }

  /** Runs the program to its end and returns what it says. */
  private String soak(String minutes) throws Exception {
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(Path.of("soak").toAbsolutePath().toString(), "--minutes", minutes)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile());
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    builder.environment().put("SECRETFS_BENCH_CLASSPATH", classes);
    builder.environment().put("SECRETFS_JAVA_HOME", System.getProperty("java.home"));
    int status = builder.start().waitFor();
    String text = Files.readString(output);
    Assumptions.assumeFalse(text.contains("is not installed"), text);
    assertThat(status).as(text).isZero();
    return text;
  }
}
