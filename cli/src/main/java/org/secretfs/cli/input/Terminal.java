package org.secretfs.cli.input;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The terminal of the person at it, whatever standard output is redirected to.
 *
 * <p>Echo is switched off by {@code stty} and the line read from {@code /dev/tty}: {@code
 * java.io.Console} would put the passphrase on the heap and needs both streams on the terminal.
 */
public final class Terminal {
  private static final Path DEVICE = Path.of("/dev/tty");
  private static final Duration TOOL_TIME = Duration.ofSeconds(10);

  Terminal() {}

  /**
   * Asks for a secret without echo.
   *
   * @param limit how long to wait for it to be typed; empty to wait for ever
   * @return empty if nothing but Enter was typed; the caller closes it
   * @throws IOException if the terminal failed, or nothing was typed in time
   */
  public Optional<SecretBuffer> secret(String prompt, Optional<Duration> limit) throws IOException {
    String before = stty("-g").strip();
    Thread restoring = new Thread(() -> restore(before), "echo");
    Runtime.getRuntime().addShutdownHook(restoring);
    try (FileChannel in = FileChannel.open(DEVICE, StandardOpenOption.READ)) {
      stty("-echo");
      print(prompt);
      Optional<Thread> patience = limit.map(time -> endAfter(time, in));
      Optional<SecretBuffer> typed = Input.secretLine(in);
      patience.ifPresent(Thread::interrupt);
      return typed;
    } catch (AsynchronousCloseException e) {
      throw new IOException("nothing was typed in time", e);
    } finally {
      restore(before);
      print("\n");
      Runtime.getRuntime().removeShutdownHook(restoring);
    }
  }

  /** Asks a question whose answer is shown as it is typed. */
  public String answer(String question) throws IOException {
    print(question);
    StringBuilder answer = new StringBuilder();
    ByteBuffer one = ByteBuffer.allocate(1);
    try (FileChannel in = FileChannel.open(DEVICE, StandardOpenOption.READ)) {
      while (in.read(one.clear()) > 0 && one.get(0) != '\n' && answer.length() < 100) {
        answer.append((char) one.get(0));
      }
    }
    return answer.toString();
  }

  /** Shows text. */
  public void show(String text) throws IOException {
    print(text);
  }

  private static void print(String text) throws IOException {
    try (FileChannel out = FileChannel.open(DEVICE, StandardOpenOption.WRITE)) {
      out.write(UTF_8.encode(text));
    }
  }

  /** Ends the read that waits on the terminal when the time is over. */
  private static Thread endAfter(Duration limit, FileChannel in) {
    return Thread.ofPlatform()
        .daemon()
        .name("patience")
        .start(() -> {
          try {
            Thread.sleep(limit);
            in.close();
          } catch (InterruptedException typed) {
            Thread.currentThread().interrupt();
          } catch (IOException e) {
            throw new UncheckedIOException("closing the terminal", e);
          }
        });
  }

  private static void restore(String before) {
    try {
      stty(before);
    } catch (IOException e) {
      throw new IllegalStateException("the terminal's echo could not be switched on again", e);
    }
  }

  private static String stty(String argument) throws IOException {
    Process process =
        new ProcessBuilder("/bin/stty", argument)
            .redirectInput(ProcessBuilder.Redirect.from(DEVICE.toFile()))
            .start();
    try {
      String said = new String(process.getInputStream().readAllBytes(), UTF_8);
      if (!process.waitFor(TOOL_TIME.toMillis(), TimeUnit.MILLISECONDS)
          || process.exitValue() != 0) {
        throw new IOException("stty %s failed on the terminal".formatted(argument));
      }
      return said;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroy();
    }
  }
}
