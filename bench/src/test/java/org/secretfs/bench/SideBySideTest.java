package org.secretfs.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The script runs and gives figures for ours; which figures is not for a test to say. */
class SideBySideTest {
  private static final Path SCRIPT = Path.of("side-by-side").toAbsolutePath();

  @TempDir Path folder;

  private record Run(int exitStatus, String text, String json) {}

  private Run run(String... arguments) throws IOException, InterruptedException {
    Path json = folder.resolve("figures.json");
    Path output = folder.resolve("output");
    List<String> command = new ArrayList<>(List.of(SCRIPT.toString(), "--json", json.toString()));
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    String classes =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    builder.environment().put("SECRETFS_BENCH_CLASSPATH", classes);
    builder.environment().put("SECRETFS_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().put("SECRETFS_NO_INSTALL", "1");
    int status = builder.redirectOutput(output.toFile()).start().waitFor();
    String text = Files.readString(output);
    return new Run(status, text, Files.exists(json) ? Files.readString(json) : "");
  }

  private static void requireFigure(Run run, String section, String job, String server) {
    Pattern figure =
        Pattern.compile(
            "\"section\":\"%s\",\"job\":\"%s\",\"server\":\"%s\",\"unit\":\"[^\"]+\",\"median\":[1-9]"
                .formatted(section, job, server));
    assertThat(run.json()).as(run.text()).containsPattern(figure);
  }

  @Test
  void engine_short_givesFiguresForBothSectorSizes() throws Exception {
    Run run = run("--short", "--ours-only", "engine");
    assertThat(run.exitStatus()).as(run.text()).isZero();
    requireFigure(run, "engine", "4096-byte sectors", "ours");
    requireFigure(run, "engine", "512-byte sectors", "ours");
  }

  @Test
  void fuse_short_givesFiguresForReadsAndWrites() throws Exception {
    Run run = run("--short", "--ours-only", "fuse");
    Assumptions.assumeFalse(
        run.text().contains("needs root") || run.text().contains("not installed"), run.text());
    assertThat(run.exitStatus()).as(run.text()).isZero();
    requireFigure(run, "fuse", "read 1 MiB QD 32", "ours-4096");
    requireFigure(run, "fuse", "random write 4 KiB QD 32", "ours-512");
  }

  @Test
  void unknownArgument_isRefused() throws Exception {
    assertThat(run("--fast").exitStatus()).isEqualTo(2);
  }
}
