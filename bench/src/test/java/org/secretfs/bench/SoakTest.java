package org.secretfs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A soak of one round: every checksum holds. */
class SoakTest {
  @TempDir Path folder;

  @Test
  void soak_oneRound_verifies() throws Exception {
    Path output = folder.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(Path.of("soak").toAbsolutePath().toString(), "--minutes", "0.01")
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
    assertThat(text).contains("1 rounds verified");
  }
}
