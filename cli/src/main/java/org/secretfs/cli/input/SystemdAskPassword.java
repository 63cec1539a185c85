package org.secretfs.cli.input;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Asks through systemd's password agents: the boot splash, the console, or {@code
 * systemd-tty-ask-password-agent}.
 *
 * <p>The answer goes through a named pipe into native memory, because a process' output stream
 * would keep a copy on the heap.
 *
 * @spec https://systemd.io/PASSWORD_AGENTS/ Password Agents
 */
final class SystemdAskPassword {
  private static final int LONGEST_WAIT_SECONDS = 300;
  private static final String COMMAND = "systemd-ask-password";

  private final String command;

  SystemdAskPassword() {
    this(COMMAND);
  }

  SystemdAskPassword(String command) {
    this.command = command;
  }

  /** Returns what was typed; empty if nothing was. */
  Optional<SecretBuffer> ask(String prompt, String volume) throws IOException {
    Path folder =
        Files.createTempDirectory(
            "secretfs-ask",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Path pipe = folder.resolve("answer");
    try {
      run(new ProcessBuilder("mkfifo", "--mode=600", pipe.toString()));
      return askInto(pipe, prompt, volume);
    } finally {
      Files.deleteIfExists(pipe);
      Files.delete(folder);
    }
  }

  /** Open for both: opening waits for nobody, and an answer that nobody reads yet is kept. */
  private Optional<SecretBuffer> askInto(Path pipe, String prompt, String volume)
      throws IOException {
    try (FileChannel answer =
        FileChannel.open(pipe, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      List<String> words =
          List.of(
              command,
              "--no-tty",
              "--id=secretfs:" + volume,
              "--timeout=" + LONGEST_WAIT_SECONDS,
              prompt);
      run(new ProcessBuilder(words).redirectOutput(pipe.toFile()));
      return Input.secretLine(answer);
    }
  }

  private static void run(ProcessBuilder builder) throws IOException {
    Process process = builder.redirectInput(Path.of("/dev/null").toFile()).start();
    try {
      if (!process.waitFor(LONGEST_WAIT_SECONDS + 10L, TimeUnit.SECONDS)) {
        throw new IOException(builder.command().getFirst() + " does not end");
      }
      if (process.exitValue() != 0) {
        throw new IOException(
            "%s failed with status %d: nobody answered, or no password agent runs"
                .formatted(builder.command().getFirst(), process.exitValue()));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroy();
    }
  }
}
