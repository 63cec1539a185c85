package org.secretfs.machinetest;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** Programs of the host. */
final class Commands {
  private Commands() {}

  /** Returns whether a program of this name is installed. */
  static boolean exists(String name) {
    String path = System.getenv().getOrDefault("PATH", "") + ":/usr/sbin:/sbin";
    return Stream.of(path.split(":", -1))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
  }

  /**
   * Runs a program to its end and returns what it printed.
   *
   * @throws IOException if it ends with another status than 0 or not in time; says what it printed
   */
  static String run(Duration limit, List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile("command", ".log");
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")))
              .redirectOutput(output.toFile())
              .start();
      if (!process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS)) {
        process.destroyForcibly().waitFor();
        throw new IOException(
            command + " ran longer than " + limit + ":\n" + Files.readString(output));
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            command + " ended with " + process.exitValue() + ":\n" + Files.readString(output));
      }
      return Files.readString(output);
    } finally {
      Files.delete(output);
    }
  }
}
