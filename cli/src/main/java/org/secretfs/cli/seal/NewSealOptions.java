package org.secretfs.cli.seal;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.input.Terminal;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.KmsSeal;
import org.secretfs.keymanager.seal.ParentKms;
import org.secretfs.keymanager.seal.PassphraseSeal;
import org.secretfs.keymanager.seal.Pkcs11Seal;
import org.secretfs.keymanager.seal.Seal;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a root key shall be kept. */
public final class NewSealOptions {
  @Option(
      names = {"--seal", "--to"},
      paramLabel = "KIND",
      defaultValue = "file",
      description = {
        "What keeps the root key: ${COMPLETION-CANDIDATES} (default: ${DEFAULT-VALUE}).",
        "file is in clear, for development; docs/keymanager.md says what each protects against.",
      })
  private Kind kind = Kind.file;

  @Option(
      names = "--new-passphrase-file",
      paramLabel = "FILE",
      description = "For passphrase: its first line; - is standard input. Asked for otherwise.")
  private @Nullable Path passphrase;

  @Mixin private SharesOptions shares = new SharesOptions();

  @Option(
      names = "--pkcs11-library",
      paramLabel = "FILE",
      description = "For pkcs11: the token maker's library.")
  private @Nullable Path library;

  @Option(
      names = "--pkcs11-slot",
      paramLabel = "NUMBER",
      description = "For pkcs11: the slot's number, as softhsm2-util --show-slots tells it.")
  private @Nullable Integer slot;

  @Option(
      names = "--pkcs11-label",
      paramLabel = "LABEL",
      defaultValue = "secretfs-root",
      description =
          "For pkcs11: the AES key's label; it is made where it is missing"
              + " (default: ${DEFAULT-VALUE}).")
  private String label = "secretfs-root";

  @Option(
      names = "--pkcs11-pin-file",
      paramLabel = "FILE",
      description = "For pkcs11: holds the user's PIN, mode 0600; read at each start.")
  private @Nullable Path pin;

  @Option(
      names = "--kms-key",
      paramLabel = "KEY",
      description = "For kms: the id, ARN or alias of a key of AWS KMS or another secretfs.")
  private @Nullable String kmsKey;

  @Option(names = "--kms-region", paramLabel = "REGION", description = "For kms: its region.")
  private String kmsRegion = "";

  @Option(
      names = "--kms-endpoint",
      paramLabel = "URL",
      description = "For kms: where it is, if not at AWS.")
  private String kmsEndpoint = "";

  /** What can keep a root key, as the command line names it. */
  enum Kind {
    file,
    passphrase,
    shares,
    pkcs11,
    kms
  }

  /**
   * Checks what the options say and reads what they name, before anything is changed.
   *
   * @return the caller closes it
   */
  public NewSeal prepare(Input input) throws CliException, IOException {
    if (shares.isRecovery() && (kind == Kind.file || kind == Kind.shares)) {
      throw new CliException(
          CliError.USAGE_WRONG, "--recovery-shares goes with passphrase, pkcs11 and kms");
    }
    if (kind == Kind.shares || shares.isRecovery()) {
      shares.check();
    }
    SecretBuffer entered = kind == Kind.passphrase ? passphrase(input) : null;
    return new NewSeal(kind, shares, this, entered);
  }

  private SecretBuffer passphrase(Input input) throws CliException, IOException {
    if (passphrase != null) {
      return EntryOptions.read(passphrase, input);
    }
    Optional<Terminal> terminal = input.terminal();
    if (terminal.isEmpty()) {
      throw new CliException(
          CliError.USAGE_WRONG, "nobody at a terminal can be asked: name --new-passphrase-file");
    }
    return askTwice(terminal.get());
  }

  private static SecretBuffer askTwice(Terminal terminal) throws CliException, IOException {
    Optional<SecretBuffer> first = terminal.secret("Enter new passphrase: ", Optional.empty());
    Optional<SecretBuffer> second = terminal.secret("Again: ", Optional.empty());
    boolean same =
        first.isPresent() && second.isPresent() && first.get().equalsSecret(second.get());
    second.ifPresent(SecretBuffer::close);
    if (!same) {
      first.ifPresent(SecretBuffer::close);
      throw new CliException(CliError.USAGE_WRONG, "the two passphrases are not the same");
    }
    return first.get();
  }

  /** A new seal that needs nobody's entry. */
  Seal unattended() throws KeyManagerException {
    return kind == Kind.kms
        ? KmsSeal.make(
            new ParentKms.Place(required("--kms-key", kmsKey), kmsRegion, kmsEndpoint),
            KmsParent::connect)
        : Pkcs11Seal.make(
            new Pkcs11Seal.Place(
                absolute(required("--pkcs11-library", library)),
                required("--pkcs11-slot", slot),
                label,
                absolute(required("--pkcs11-pin-file", pin))));
  }

  static Seal byPassphrase(SecretBuffer entered) throws KeyManagerException {
    return PassphraseSeal.make(entered);
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private <T> T required(String option, @Nullable T value)
      throws KeyManagerException.Configuration {
    if (value == null) {
      throw new KeyManagerException.Configuration("%s needs %s".formatted(kind, option));
    }
    return value;
  }

  static boolean isEmpty(Path directory) throws IOException {
    try (var all = Files.list(directory)) {
      return all.findAny().isEmpty();
    }
  }
}
