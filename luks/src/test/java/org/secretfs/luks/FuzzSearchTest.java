package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Searches for inputs that break a fuzz test, guided by coverage, for some seconds each; elsewhere
 * fuzz tests run on the inputs that are kept. One that is found is in the failure's text.
 */
@Tag("long")
class FuzzSearchTest {
  private static final int SECONDS = 12;
  private static final Pattern DONE = Pattern.compile("Done (\\d+) runs in");

  @TempDir Path folder;

  @ParameterizedTest
  @EnumSource(FuzzSearch.Target.class)
  void search_forSomeSeconds_findsNothing(FuzzSearch.Target target) throws Exception {
    Path corpus = Files.createDirectory(folder.resolve("corpus"));
    int kept = keep(target, corpus);
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command(target, corpus))
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    int status = process.waitFor();
    String said = Files.readString(log, StandardCharsets.ISO_8859_1);
    assertThat(status).as(said).isZero();
    Matcher done = DONE.matcher(said);
    assertThat(done.find()).as(said).isTrue();
    assertThat(Long.parseLong(done.group(1))).as("inputs tried").isGreaterThan(kept + 1L);
    assertThat(said).as("guided by coverage").contains("cov: ");
  }

  private List<String> command(FuzzSearch.Target target, Path corpus) {
    return List.of(
        ProcessHandle.current().info().command().orElseThrow(),
        "--enable-native-access=ALL-UNNAMED",
        "--sun-misc-unsafe-memory-access=allow",
        "-XX:+EnableDynamicAgentLoading",
        "-Xmx700m",
        "-D%s=%s".formatted(FuzzSearch.TARGET, target),
        "-cp",
        System.getProperty("java.class.path"),
        "com.code_intelligence.jazzer.Jazzer",
        "--target_class=" + FuzzSearch.class.getName(),
        "--instrumentation_includes=org.secretfs.luks.**",
        "--custom_hook_includes=org.secretfs.luks.**",
        "-max_total_time=" + SECONDS,
        "-timeout=60",
        "-rss_limit_mb=2048",
        "-max_len=16384",
        "-print_final_stats=1",
        corpus.toString());
  }

  /** Copies the inputs that are kept for a test's methods; returns how many. */
  private static int keep(FuzzSearch.Target target, Path corpus) throws Exception {
    Path inputs =
        Path.of("src/test/resources/org/secretfs/luks", target.test().getSimpleName() + "Inputs");
    if (!Files.isDirectory(inputs)) {
      return 0;
    }
    int count = 0;
    try (DirectoryStream<Path> methods = Files.newDirectoryStream(inputs)) {
      for (Path method : methods) {
        count += keepAll(method, corpus);
      }
    }
    return count;
  }

  private static int keepAll(Path method, Path corpus) throws Exception {
    int count = 0;
    try (DirectoryStream<Path> kept = Files.newDirectoryStream(method)) {
      for (Path file : kept) {
        Files.copy(file, corpus.resolve(method.getFileName() + "-" + file.getFileName()));
        count++;
      }
    }
    return count;
  }
}
