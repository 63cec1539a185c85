package org.secretfs.luks;

import java.io.IOException;
import java.nio.file.Path;

/** A process that claims a file, says so, and keeps it until its standard input ends. */
final class ClaimHolder {
  private ClaimHolder() {}

  static Process start(Path file) throws IOException {
    Process process =
        new ProcessBuilder(
                ProcessHandle.current().info().command().orElseThrow(),
                "-XX:TieredStopAtLevel=1",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                ClaimHolder.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    if (process.getInputStream().read() != 'c') {
      throw new AssertionError("the other process could not claim " + file);
    }
    return process;
  }

  public static void main(String[] arguments) throws IOException {
    try (DeviceClaim _ = DeviceClaim.take(Path.of(arguments[0]))) {
      System.out.write('c');
      System.out.flush();
      while (System.in.read() >= 0) {
        // Anything but the end keeps it waiting.
      }
    }
  }
}
