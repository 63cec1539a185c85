package org.secretfs.luks;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** Runs the real tools that serve as oracles; a test whose tool is missing is skipped. */
final class Tools {
  private static final List<Path> FOLDERS =
      Stream.of("/usr/sbin", "/usr/bin", "/sbin", "/bin").map(Path::of).toList();

  /** What a tool printed and how it ended. */
  record Result(int status, String output) {}

  private Tools() {}

  static void require(String tool) {
    Assumptions.assumeTrue(find(tool) != null, tool + " is not installed");
  }

  private static @org.jspecify.annotations.Nullable Path find(String tool) {
    return FOLDERS.stream()
        .map(folder -> folder.resolve(tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /** Runs a tool that must succeed, with options separated by spaces and a last argument. */
  static String run(String tool, String options, Path target)
      throws IOException, InterruptedException {
    List<Object> command = new ArrayList<>();
    command.add(tool);
    Stream.of(options.split(" ", -1)).filter(option -> !option.isEmpty()).forEach(command::add);
    command.add(target);
    return runWithInput("", command.toArray());
  }

  /** Runs a tool that must succeed. */
  static String runWithInput(String input, Object... command)
      throws IOException, InterruptedException {
    Result result = start(input, command);
    if (result.status() != 0) {
      throw new AssertionError(
          "%s: %d %s".formatted(List.of(command), result.status(), result.output()));
    }
    return result.output();
  }

  /** Runs a tool; standard error is part of the output. */
  static Result start(String input, Object... command) throws IOException, InterruptedException {
    require(command[0].toString());
    List<String> words = Stream.of(command).map(Object::toString).toList();
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    try {
      try (OutputStream in = process.getOutputStream()) {
        in.write(input.getBytes(StandardCharsets.UTF_8));
      }
      try (InputStream out = process.getInputStream()) {
        String output = new String(out.readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
      }
    } finally {
      process.destroy();
    }
  }
}
