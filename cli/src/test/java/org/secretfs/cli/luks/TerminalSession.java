package org.secretfs.cli.luks;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.secretfs.cli.Main;

/**
 * {@code secretfs luks} in a process of its own on a terminal of its own, which {@code script} of
 * util-linux makes; the test is the person at it. At the end the transcript tells the exit status
 * and whether the terminal echoes.
 */
final class TerminalSession implements AutoCloseable {
  private static final long LIMIT_SECONDS = 90;
  private static final int INTERRUPT = 3;

  private final Process process;
  private final ByteArrayOutputStream transcript = new ByteArrayOutputStream();
  private int seen;

  private TerminalSession(Process process) {
    this.process = process;
    Thread.ofPlatform().daemon().name("transcript").start(this::copy);
  }

  static TerminalSession start(Path folder, Object... words) throws IOException {
    String command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    "--enable-native-access=ALL-UNNAMED",
                    "--sun-misc-unsafe-memory-access=allow",
                    "-XX:+UseSerialGC",
                    "-XX:TieredStopAtLevel=1",
                    "-Xmx128m",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Main.class.getName(),
                    "luks"),
                LuksCli.flat(words).stream())
            .map(word -> "'" + word + "'")
            .collect(Collectors.joining(" "));
    // Each program of the session gets Ctrl-C; the shell is to go on and tell.
    Path script =
        Files.writeString(
            Files.createTempFile(folder, "session", ".sh"),
            "trap : INT\n%s\necho \"status $?\"\nstty -a | grep -ow -e '-echo' -e echo\n"
                .formatted(command));
    // Tests that run in the background inherit an ignored SIGINT, which no shell can trap.
    String shell = "env --default-signal=INT sh " + script;
    return new TerminalSession(
        new ProcessBuilder(List.of("script", "--quiet", "--flush", "--command", shell, "/dev/null"))
            .redirectErrorStream(true)
            .start());
  }

  private void copy() {
    try (InputStream out = process.getInputStream()) {
      byte[] chunk = new byte[4096];
      int got = out.read(chunk);
      while (got >= 0) {
        synchronized (transcript) {
          transcript.write(chunk, 0, got);
          transcript.notifyAll();
        }
        got = out.read(chunk);
      }
    } catch (IOException e) {
      // It ended; who waits for more of it fails in time.
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until the terminal shows {@code text}, behind what was waited for before. */
  void expect(String text) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(LIMIT_SECONDS);
    synchronized (transcript) {
      int at = transcript.toString(UTF_8).indexOf(text, seen);
      while (at < 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError("no '%s' in: %s".formatted(text, transcript.toString(UTF_8)));
        }
        transcript.wait(left);
        at = transcript.toString(UTF_8).indexOf(text, seen);
      }
      seen = at + text.length();
    }
  }

  /** Types a line. */
  void type(String line) throws IOException {
    process.getOutputStream().write((line + "\n").getBytes(UTF_8));
    process.getOutputStream().flush();
  }

  void pressInterrupt() throws IOException {
    process.getOutputStream().write(INTERRUPT);
    process.getOutputStream().flush();
  }

  /** Waits for the end, which must come with this exit status and an echoing terminal. */
  String end(int status) throws Exception {
    expect("status %d\r\necho\r\n".formatted(status));
    synchronized (transcript) {
      return transcript.toString(UTF_8);
    }
  }

  /** Hangs up; whoever runs on the terminal still is killed. */
  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }
}
