package org.secretfs.cli.luks;

import java.io.IOException;
import java.util.Optional;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.Terminal;
import picocli.CommandLine.Option;

/** The owner's word before something is destroyed or shown. */
final class Consent {
  @Option(
      names = {"-q", "--batch-mode"},
      description = "Do not ask for confirmation: this is the confirmation.")
  private boolean batch;

  boolean isBatch() {
    return batch;
  }

  /** Asks at the terminal; where nobody can be asked, only {@code --batch-mode} will do. */
  void require(Input input, String warning) throws IOException, CliException {
    Optional<Terminal> terminal = input.terminal();
    if (batch) {
      return;
    }
    if (terminal.isEmpty()) {
      throw new CliException(
          CliError.NOT_CONFIRMED, "nobody at a terminal can be asked: " + warning);
    }
    terminal.get().show("\nWARNING!\n========\n" + warning + "\n\n");
    String answer = terminal.get().answer("Are you sure? (Type 'yes' in capital letters): ");
    if (!answer.strip().equals("YES")) {
      throw new CliException(CliError.NOT_CONFIRMED, "not confirmed; nothing was changed");
    }
  }
}
