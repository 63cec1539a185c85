package org.secretfs.cli.live;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.secretfs.cli.Main;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;

/**
 * Runs the command: in this process, which is warm, or in a Java of its own, as the launcher would.
 */
final class Cli {
  private static final long LIMIT_SECONDS = 180;

  private final Map<String, String> environment;

  Cli(Map<String, String> environment) {
    this.environment = environment;
  }

  /** What a run left behind. */
  record Result(int status, String out, String err) {
    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }

    @Override
    public String toString() {
      return "exit %d%nout: %s%nerr: %s".formatted(status, out, err);
    }
  }

  /** Runs the command in this process. */
  Result run(String... arguments) {
    return runTyping("", arguments);
  }

  /** Runs the command in this process with a text on its standard input. */
  Result runTyping(String typed, String... arguments) {
    Input input =
        Input.of(
            Channels.newChannel(new ByteArrayInputStream(typed.getBytes(StandardCharsets.UTF_8))));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status = Main.run(new Output(stream(out), stream(err)), input, arguments);
    return new Result(
        status, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private static PrintStream stream(ByteArrayOutputStream bytes) {
    return new PrintStream(bytes, true, StandardCharsets.UTF_8);
  }

  /** Starts a main class; its outputs go to files that {@link #finish} reads. */
  Running start(Class<?> main, String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx256m",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
    command.addAll(List.of(arguments));
    Path out = Files.createTempFile("cli", ".out");
    Path err = Files.createTempFile("cli", ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectInput(Path.of("/dev/null").toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(name -> name.startsWith("AWS_"));
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().putAll(environment);
    return new Running(builder.start(), out, err);
  }

  Result finish(Running running) throws IOException, InterruptedException {
    if (!running.process().waitFor(LIMIT_SECONDS, TimeUnit.SECONDS)) {
      running.process().destroyForcibly();
      throw new IOException("did not end: " + Files.readString(running.err()));
    }
    Result result =
        new Result(
            running.process().exitValue(),
            Files.readString(running.out(), StandardCharsets.UTF_8),
            Files.readString(running.err(), StandardCharsets.UTF_8));
    Files.delete(running.out());
    Files.delete(running.err());
    return result;
  }

  /** A process under way. */
  record Running(Process process, Path out, Path err) {}
}
