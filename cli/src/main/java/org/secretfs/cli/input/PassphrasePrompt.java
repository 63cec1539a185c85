package org.secretfs.cli.input;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.OptionalInt;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keys.KeySourceCode;
import org.secretfs.keys.KeySourceException;
import org.secretfs.keys.PassphraseKeySource;
import org.secretfs.keys.VolumeId;

/**
 * Asks for volumes' passphrases: a file descriptor, the terminal, systemd's password agents, or
 * standard input.
 */
public final class PassphrasePrompt implements PassphraseKeySource.Asker {
  private static final int TRIES = 3;
  private static final Path SYSTEMD = Path.of("/run/systemd/system");

  private final From from;
  private final OptionalInt descriptor;
  private final SystemdAskPassword systemd;

  /** Whom to ask. */
  public enum From {
    /** The terminal if standard input is one, else systemd where it runs, else standard input. */
    AUTO,
    TERMINAL,
    SYSTEMD,
    STDIN
  }

  private PassphrasePrompt(From from, OptionalInt descriptor) {
    this.from = from;
    this.descriptor = descriptor;
    this.systemd = new SystemdAskPassword();
  }

  public static PassphrasePrompt of(From from) {
    return new PassphrasePrompt(from, OptionalInt.empty());
  }

  /** Reads lines of an open descriptor of this process. */
  public static PassphrasePrompt ofDescriptor(int descriptor) {
    return new PassphrasePrompt(From.STDIN, OptionalInt.of(descriptor));
  }

  @Override
  public int tries() {
    return asksAPerson() ? TRIES : 1;
  }

  private boolean asksAPerson() {
    From resolved = resolve();
    return descriptor.isEmpty() && (resolved == From.TERMINAL || resolved == From.SYSTEMD);
  }

  private From resolve() {
    if (from != From.AUTO) {
      return from;
    }
    if (Input.standard().terminal().isPresent()) {
      return From.TERMINAL;
    }
    return Files.isDirectory(SYSTEMD) ? From.SYSTEMD : From.STDIN;
  }

  @Override
  public SecretBuffer ask(VolumeId volume, boolean fresh) throws KeySourceException {
    try {
      SecretBuffer first = one("Passphrase of volume %s: ".formatted(volume), volume);
      return fresh && asksAPerson() ? confirmed(first, volume) : first;
    } catch (IOException e) {
      throw new KeySourceException.Unreachable(
          KeySourceCode.SERVICE_UNREACHABLE,
          "volume %s: its passphrase could not be asked for: %s".formatted(volume, e.getMessage()),
          e);
    }
  }

  private SecretBuffer confirmed(SecretBuffer first, VolumeId volume)
      throws IOException, KeySourceException {
    try (SecretBuffer second = one("The same passphrase again: ", volume)) {
      if (first.equalsSecret(second)) {
        return first;
      }
    } catch (IOException | KeySourceException e) {
      first.close();
      throw e;
    }
    first.close();
    throw new KeySourceException.Denied(
        KeySourceCode.PASSPHRASE_NOT_GIVEN,
        "volume %s: the two passphrases differ; nothing was made".formatted(volume));
  }

  private SecretBuffer one(String prompt, VolumeId volume) throws IOException, KeySourceException {
    return read(prompt, volume)
        .orElseThrow(() ->
            new KeySourceException.Denied(
                KeySourceCode.PASSPHRASE_NOT_GIVEN,
                "volume %s: no passphrase was given".formatted(volume)));
  }

  private Optional<SecretBuffer> read(String prompt, VolumeId volume) throws IOException {
    if (descriptor.isPresent()) {
      Path path = Path.of("/proc/self/fd/" + descriptor.getAsInt());
      try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
        return Input.secretLine(channel);
      }
    }
    return switch (resolve()) {
      case TERMINAL -> terminal().secret(prompt, Optional.empty());
      case SYSTEMD -> systemd.ask(prompt, volume.name());
      case STDIN, AUTO -> Input.standard().secretLine();
    };
  }

  private static Terminal terminal() throws IOException {
    return Input.standard()
        .terminal()
        .orElseThrow(() -> new IOException("standard input is no terminal"));
  }
}
