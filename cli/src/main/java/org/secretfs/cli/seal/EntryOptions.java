package org.secretfs.cli.seal;

import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.Terminal;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.seal.Unsealing;
import picocli.CommandLine.Option;

/**
 * Where a passphrase or shares come from: files, standard input line by line, or the terminal. None
 * is ever an argument.
 */
public final class EntryOptions {
  @Option(
      names = "--passphrase-file",
      paramLabel = "FILE",
      description =
          "Read the passphrase from the first line of FILE, as systemd gives a credential"
              + " ($CREDENTIALS_DIRECTORY/NAME) or a descriptor (/dev/fd/3); - is standard input.")
  private @Nullable Path passphrase;

  @Option(
      names = "--share-file",
      paramLabel = "FILE",
      description = "Read a share from the first line of FILE; may be repeated.")
  private List<Path> shares = new ArrayList<>();

  /** Takes one secret. */
  @FunctionalInterface
  public interface Taker<X extends Exception> {
    /** Returns whether more are wanted. */
    boolean take(SecretBuffer entry) throws X;
  }

  /**
   * Hands over what the options name, or else what is typed, until no more is wanted or there is no
   * more: at least one.
   *
   * @param seals what is needed, for the prompt
   */
  <X extends Exception> void hand(Input input, List<Unsealing.Progress> seals, Taker<X> taker)
      throws IOException, CliException, X {
    boolean more = true;
    for (Path file : files()) {
      try (SecretBuffer entry = read(file, input)) {
        more = more && taker.take(entry);
      }
    }
    if (files().isEmpty()) {
      try (SecretBuffer entry = ask(input, seals).orElseThrow(EntryOptions::nothing)) {
        more = taker.take(entry);
      }
      while (more) {
        Optional<SecretBuffer> next = ask(input, seals);
        if (next.isEmpty()) {
          return;
        }
        try (SecretBuffer entry = next.get()) {
          more = taker.take(entry);
        }
      }
    }
  }

  /** Whether the command line names any. */
  boolean isGiven() {
    return !files().isEmpty();
  }

  private List<Path> files() {
    List<Path> all = new ArrayList<>(shares);
    if (passphrase != null) {
      all.add(passphrase);
    }
    return all;
  }

  private static Optional<SecretBuffer> ask(Input input, List<Unsealing.Progress> seals)
      throws IOException {
    Optional<Terminal> terminal = input.terminal();
    return terminal.isPresent()
        ? terminal.get().secret(prompt(seals), Optional.empty())
        : input.secretLine();
  }

  private static String prompt(List<Unsealing.Progress> seals) {
    List<String> kinds =
        seals.stream()
            .filter(seal -> seal.needed() > 0)
            .map(seal -> seal.kind().equals("shares") ? "a share" : "the passphrase")
            .distinct()
            .toList();
    return "Enter " + String.join(" or ", kinds) + ": ";
  }

  /** The first line of a file, or of standard input for {@code -}; the caller closes it. */
  static SecretBuffer read(Path file, Input input) throws IOException, CliException {
    Optional<SecretBuffer> line;
    try {
      line = file.toString().equals("-") ? input.secretLine() : Input.secretLineOf(file);
    } catch (NoSuchFileException e) {
      throw new CliException(CliError.CONFIGURATION_MISSING, "%s: no such file".formatted(file), e);
    }
    return line.orElseThrow(EntryOptions::nothing);
  }

  private static CliException nothing() {
    return new CliException(
        CliError.USAGE_WRONG,
        "nothing was entered: name --passphrase-file or --share-file, or type it at a terminal");
  }
}
