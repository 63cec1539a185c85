package org.secretfs.keys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** A process that stores a blob and dies before its n-th step, as by SIGKILL. */
final class CrashingWriter {
  static final int KILLED = 137;
  static final byte[] BLOB = "of the process that died".getBytes(StandardCharsets.UTF_8);

  private CrashingWriter() {}

  /** Runs such a process and returns its exit status: {@link #KILLED}, or 0 past the last step. */
  static int run(Path directory, int step) throws IOException, InterruptedException {
    return Commands.run(
            Map.of(),
            new byte[0],
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                CrashingWriter.class.getName(),
                directory.toString(),
                String.valueOf(step)))
        .status();
  }

  public static void main(String[] arguments) throws Exception {
    int[] left = {Integer.parseInt(arguments[1])};
    try (DirectoryStore store =
        new DirectoryStore(
            Path.of(arguments[0]),
            step -> {
              if (left[0]-- == 0) {
                Runtime.getRuntime().halt(KILLED);
              }
            })) {
      store.putIfAbsent("name", BLOB);
    }
  }
}
