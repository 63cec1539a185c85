package org.secretfs.cli.luks;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.secretfs.cli.Main;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;

/** Runs {@code secretfs luks} in this process, and cryptsetup beside it. */
final class LuksCli {
  /** The cheapest key derivation that the format allows. */
  static final String[] CHEAP = {"--pbkdf", "pbkdf2", "--pbkdf-force-iterations", "1000"};

  private LuksCli() {}

  /** What a run left behind. */
  record Result(int status, String out, String err) {
    JsonNode json() throws IOException {
      return new ObjectMapper().readTree(out);
    }

    /** The same, for a run that must have done its work. */
    Result done() {
      assertThat(status).as(toString()).isZero();
      return this;
    }

    /** The same, for a run that must have failed so. */
    Result failed(int expected, String word) {
      assertThat(status).as(toString()).isEqualTo(expected);
      assertThat(err).contains(word);
      return this;
    }

    @Override
    public String toString() {
      // Reports show the first line of a failure only.
      String first = err.lines().findFirst().orElse("");
      return "exit %d %s%nout: %s%nerr: %s".formatted(status, first, out, err);
    }
  }

  /** Runs {@code secretfs luks} with these words; paths may be given as they are. */
  static Result run(String input, Object... words) {
    return run(new ByteArrayInputStream(input.getBytes(UTF_8)), words);
  }

  static Result run(InputStream input, Object... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    String[] arguments =
        Stream.concat(Stream.of("luks"), flat(words).stream()).toArray(String[]::new);
    int status =
        Main.run(
            new Output(stream(out), stream(err)), Input.of(Channels.newChannel(input)), arguments);
    return new Result(status, out.toString(UTF_8), err.toString(UTF_8));
  }

  private static PrintStream stream(OutputStream bytes) {
    return new PrintStream(bytes, true, UTF_8);
  }

  static List<String> flat(Object... words) {
    List<String> flat = new ArrayList<>();
    for (Object word : words) {
      if (word instanceof Object[] several) {
        flat.addAll(flat(several));
      } else if (word instanceof List<?> several) {
        flat.addAll(flat(several.toArray()));
      } else {
        flat.add(word.toString());
      }
    }
    return flat;
  }

  static void requireCryptsetup() {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/sbin/cryptsetup"))
            || Files.isExecutable(Path.of("/sbin/cryptsetup")),
        "cryptsetup is not installed");
  }

  /** Where a process may be traced, one of its system calls can be its last. */
  static void requireTracing() throws Exception {
    Assumptions.assumeTrue(
        Files.isExecutable(Path.of("/usr/bin/strace")), "strace is not installed");
    Assumptions.assumeTrue(
        tool("", "strace", "-e", "trace=none", "true").status() == 0,
        "strace may not trace processes here");
  }

  /** Runs a program; both outputs are its output. */
  static Result tool(String input, Object... words) throws Exception {
    Process process = new ProcessBuilder(flat(words)).redirectErrorStream(true).start();
    try (OutputStream in = process.getOutputStream()) {
      in.write(input.getBytes(UTF_8));
    } catch (IOException e) {
      // It ended without reading; its status tells.
      assertThat(process.waitFor()).isNotNegative();
    }
    String output = new String(process.getInputStream().readAllBytes(), UTF_8);
    return new Result(process.waitFor(), output, output);
  }

  /**
   * Starts {@code secretfs luks} in a process of its own; what it says besides facts is dropped.
   */
  static Process start(Object... words) throws IOException {
    return startTool(command(words));
  }

  /** The words that run {@code secretfs luks} in a process of its own. */
  static List<String> command(Object... words) {
    return flat(
        Path.of(System.getProperty("java.home"), "bin", "java"),
        List.of("--enable-native-access=ALL-UNNAMED", "-XX:+UseSerialGC"),
        List.of("-XX:TieredStopAtLevel=1", "-Xmx256m"),
        List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), "luks"),
        words);
  }

  /** Starts a program whose standard error is dropped. */
  static Process startTool(Object... words) throws IOException {
    return new ProcessBuilder(flat(words)).redirectError(ProcessBuilder.Redirect.DISCARD).start();
  }

  static Result cryptsetup(String input, Object... words) throws Exception {
    requireCryptsetup();
    return tool(input, "cryptsetup", words);
  }

  /** Whether cryptsetup opens a volume with a passphrase. */
  static boolean cryptsetupOpens(Object device, String passphrase, Object... more)
      throws Exception {
    return cryptsetup(passphrase, "open", "--test-passphrase", "--key-file", "-", more, device)
            .status()
        == 0;
  }

  static Path file(Path folder, String name, long bytes) throws IOException {
    Path file = folder.resolve(name);
    try (RandomAccessFile made = new RandomAccessFile(file.toFile(), "rw")) {
      made.setLength(bytes);
    }
    return file;
  }

  static Path text(Path folder, String name, String content) throws IOException {
    return Files.writeString(folder.resolve(name), content);
  }
}
