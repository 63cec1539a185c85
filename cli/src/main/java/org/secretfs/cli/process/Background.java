package org.secretfs.cli.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Processes of our own that outlive the command that starts them. */
public final class Background {
  private static final String MAIN_CLASS = "org.secretfs.cli.Main";

  private Background() {}

  /**
   * Starts a process in a session of its own, with both outputs appended to a log. Where it is
   * secretfs, it runs with the Java of this process.
   *
   * @param environment added to this process' environment
   */
  public static Process start(List<String> command, Map<String, String> environment, Path log)
      throws IOException {
    List<String> detached = new ArrayList<>(List.of("setsid"));
    detached.addAll(command);
    ProcessBuilder builder =
        new ProcessBuilder(detached)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
    builder.environment().put("SECRETFS_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    return builder.start();
  }

  /**
   * The command that runs secretfs itself: the launcher of the product in use, which builds
   * nothing; else the launcher that started this process; else this Java and class path.
   */
  public static List<String> self() {
    String home = System.getProperty("secretfs.home");
    if (home != null && Files.isExecutable(Path.of(home, "bin", "secretfs"))) {
      return List.of(Path.of(home, "bin", "secretfs").toString());
    }
    String launcher = System.getProperty("secretfs.launcher");
    if (launcher != null) {
      return List.of(launcher);
    }
    return List.of(
        ProcessHandle.current().info().command().orElse("java"),
        "--enable-native-access=ALL-UNNAMED",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-cp",
        System.getProperty("java.class.path"),
        MAIN_CLASS);
  }

  /**
   * The process whose command line ends with {@code arguments}, if one runs. Asking the kernel has
   * no moment at which a started process is not yet noted, as a file with its number would.
   */
  public static Optional<ProcessHandle> running(List<String> arguments) throws IOException {
    String end = "\0" + String.join("\0", arguments) + "\0";
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(Path.of("/proc"), "[1-9]*")) {
      for (Path process : processes) {
        if (commandLine(process).endsWith(end)) {
          return ProcessHandle.of(Long.parseLong(process.getFileName().toString()));
        }
      }
    }
    return Optional.empty();
  }

  private static String commandLine(Path process) {
    try {
      byte[] bytes = Files.readAllBytes(process.resolve("cmdline"));
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return ""; // it ended meanwhile, or is none of ours
    }
  }
}
