package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.Terminal;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Option;

/** The passphrase or key file that a keyslot shall open with. */
final class NewKeyOptions {
  @Option(
      names = "--new-keyfile",
      paramLabel = "FILE",
      description = "The same as KEYFILE, the bytes of a file; - is standard input.")
  private @Nullable Path named;

  @Option(
      names = "--new-keyfile-offset",
      paramLabel = "BYTES",
      description = "Skip so many bytes of the new key file.")
  private long offset;

  @Option(
      names = "--new-keyfile-size",
      paramLabel = "BYTES",
      description = "Read so many bytes of the new key file.")
  private @Nullable Integer size;

  /**
   * Obtains the new secret; at a terminal it is asked for twice. The caller closes it.
   *
   * @param positional the key file that the command line names without an option
   */
  SecretBuffer obtain(Input input, KeyOptions existing, @Nullable Path positional)
      throws IOException, SecretfsException {
    Path file = positional != null ? positional : named;
    if (file != null) {
      return new KeyFile(file, KeyFile.range(offset, size)).read(input);
    }
    Optional<Terminal> terminal = input.terminal();
    return terminal.isPresent()
        ? askTwice(terminal.get(), "Enter new passphrase for key slot: ", existing)
        : input.secretLine().orElseThrow(KeyOptions::nothing);
  }

  /** Asks until both are the same is what a person would expect; one failure ends it here. */
  static SecretBuffer askTwice(Terminal terminal, String prompt, KeyOptions existing)
      throws IOException, SecretfsException {
    SecretBuffer first =
        terminal.secret(prompt, existing.patience()).orElseThrow(KeyOptions::nothing);
    try (SecretBuffer second =
        terminal
            .secret("Verify passphrase: ", existing.patience())
            .orElseThrow(KeyOptions::nothing)) {
      if (first.equalsSecret(second)) {
        return first;
      }
    } catch (IOException | SecretfsException | RuntimeException e) {
      first.close();
      throw e;
    }
    first.close();
    throw new CliException(CliError.USAGE_WRONG, "the two passphrases differ");
  }
}
