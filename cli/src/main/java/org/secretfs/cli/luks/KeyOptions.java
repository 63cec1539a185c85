package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.KeyRange;
import org.secretfs.cli.input.Terminal;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.LuksException;
import picocli.CommandLine.Option;

/** How a volume that is there is opened: by a passphrase or a key file. */
final class KeyOptions {
  @Option(
      names = {"-d", "--key-file"},
      paramLabel = "FILE",
      description =
          "The bytes of FILE are the key, newlines included; - is standard input. A descriptor of"
              + " the shell is /dev/fd/N.")
  private @Nullable Path keyFile;

  @Option(
      names = "--keyfile-offset",
      paramLabel = "BYTES",
      description = "Skip so many bytes of the key file.")
  private long offset;

  @Option(
      names = {"-l", "--keyfile-size"},
      paramLabel = "BYTES",
      description = "Read so many bytes of the key file (default: all, at most 8 MiB).")
  private @Nullable Integer size;

  @Option(
      names = "--passphrase-fd",
      paramLabel = "N",
      description = "Read the passphrase up to the end of the line from descriptor N.")
  private @Nullable Integer descriptor;

  @Option(
      names = {"-T", "--tries"},
      paramLabel = "N",
      defaultValue = "3",
      description = "How often to ask on the terminal (default: ${DEFAULT-VALUE}); 0 is for ever.")
  private int tries = 3;

  @Option(
      names = {"-t", "--timeout"},
      paramLabel = "SECONDS",
      description = "How long to wait for the passphrase to be typed (default, or 0: for ever).")
  private @Nullable Integer timeout;

  Optional<KeyFile> keyFile() {
    return Optional.ofNullable(keyFile).map(path -> new KeyFile(path, range()));
  }

  /** The part of a key file, also of one that the command line names without an option. */
  KeyRange range() {
    return KeyFile.range(offset, size);
  }

  Optional<Duration> patience() {
    if (timeout != null && timeout < 0) {
      throw new OptionException("--timeout %d: must be 0 or more".formatted(timeout));
    }
    return Optional.ofNullable(timeout).filter(seconds -> seconds > 0).map(Duration::ofSeconds);
  }

  /** Obtains the passphrase once; the caller closes it. */
  SecretBuffer passphrase(Input input, String prompt) throws IOException, SecretfsException {
    if (keyFile != null) {
      return new KeyFile(keyFile, range()).read(input);
    }
    return typed(input, prompt);
  }

  /** Obtains a passphrase that is to open what is made; a person types it twice. */
  SecretBuffer newPassphrase(Input input, String prompt) throws IOException, SecretfsException {
    Optional<Terminal> terminal = input.terminal();
    return terminal.isPresent() && keyFile == null && descriptor == null
        ? NewKeyOptions.askTwice(terminal.get(), prompt, this)
        : passphrase(input, prompt);
  }

  private SecretBuffer typed(Input input, String prompt) throws IOException, SecretfsException {
    if (descriptor != null) {
      try (FileChannel channel =
          FileChannel.open(Path.of("/proc/self/fd/" + descriptor), StandardOpenOption.READ)) {
        return Input.of(channel).secretLine().orElseThrow(KeyOptions::nothing);
      }
    }
    Optional<Terminal> terminal = input.terminal();
    return (terminal.isPresent() ? terminal.get().secret(prompt, patience()) : input.secretLine())
        .orElseThrow(KeyOptions::nothing);
  }

  static CliException nothing() {
    return new CliException(CliError.USAGE_WRONG, "no passphrase was given: it is empty");
  }

  /** What a passphrase is tried on. */
  @FunctionalInterface
  interface Attempt<R> {
    R with(SecretBuffer passphrase) throws IOException, SecretfsException;
  }

  /** Obtains the passphrase and tries it; a person at the terminal has several tries. */
  <R> R attempt(Input input, String prompt, Attempt<R> attempt)
      throws IOException, SecretfsException {
    if (tries < 0) {
      throw new OptionException("--tries %d: must be 0 or more".formatted(tries));
    }
    boolean asks = keyFile == null && descriptor == null && input.terminal().isPresent();
    for (int left = asks ? (tries == 0 ? Integer.MAX_VALUE : tries) : 1; ; left--) {
      try (SecretBuffer passphrase = passphrase(input, prompt)) {
        return attempt.with(passphrase);
      } catch (LuksException.NoKeyslotOpened e) {
        if (left <= 1) {
          throw e;
        }
        input.terminal().orElseThrow().show("No key available with this passphrase.\n");
      }
    }
  }
}
