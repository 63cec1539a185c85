package org.secretfs.nbd;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Runs the clients and servers of others; a test whose tool is missing is skipped. */
public final class Tools {
  private static final List<Path> FOLDERS =
      Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").map(Path::of).toList();

  /** What a tool printed and how it ended. */
  public record Result(int status, String output) {}

  private Tools() {}

  public static void require(String tool) {
    boolean found = FOLDERS.stream().anyMatch(folder -> Files.isExecutable(folder.resolve(tool)));
    Assumptions.assumeTrue(found, tool + " is not installed");
  }

  /** Runs a tool that must succeed. */
  public static String run(Object... command) throws IOException, InterruptedException {
    Result result = start(command);
    if (result.status() != 0) {
      throw new AssertionError(
          "%s: %d %s".formatted(List.of(command), result.status(), result.output()));
    }
    return result.output();
  }

  /** Runs a tool; standard error is part of the output. */
  public static Result start(Object... command) throws IOException, InterruptedException {
    require(command[0].toString());
    List<String> words = Stream.of(command).map(Object::toString).toList();
    Process process =
        new ProcessBuilder(words).redirectErrorStream(true).redirectInput(nothing()).start();
    try (InputStream out = process.getInputStream()) {
      String output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
      return new Result(process.waitFor(), output);
    } finally {
      process.destroyForcibly();
    }
  }

  private static java.io.File nothing() {
    return Path.of("/dev/null").toFile();
  }
}
