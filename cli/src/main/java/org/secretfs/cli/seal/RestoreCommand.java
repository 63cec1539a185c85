package org.secretfs.cli.seal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Backups;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.SealedRoot;
import org.secretfs.keymanager.store.BackupHeader;
import org.secretfs.keymanager.store.KeyStore;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Puts a backup into the database's place. */
@Command(
    name = "restore",
    mixinStandardHelpOptions = true,
    description = {
      "Decrypts a backup, proves it whole, and puts it into the database's place, while no server",
      "runs; the database that was there is kept beside it. Opens the root key of the backup by",
      "its seal: asks, or takes --passphrase-file and --share-file.",
      "Afterwards the audit trail tells what was done since the backup, the database does not.",
    })
public final class RestoreCommand implements Callable<Integer> {
  private final Output output;
  private final Input input;

  @Mixin private KeyManagerOption config = new KeyManagerOption();
  @Mixin private RootAccess present = new RootAccess();

  @Parameters(paramLabel = "FILE", description = "The backup.")
  private Path file = Path.of("");

  @Option(
      names = "--accept-older",
      description = {
        "Restore although the database was changed since the backup was made: keys, users and",
        "policies that were disabled, deleted or changed since are again as they were.",
      })
  private boolean acceptOlder;

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  public RestoreCommand(Output output, Input input) {
    this.output = output;
    this.input = input;
  }

  @Override
  public Integer call() throws SecretfsException, IOException {
    KeyManagerConfig read = config.read();
    BackupHeader header = KeyStore.backupHeader(file);
    Optional<SealedRoot> sealed = header.sealed();
    try (RootKey root =
        sealed.isPresent()
            ? present.open(sealed.get(), input)
            : present.clear(read.rootKeyFile())) {
      print(new Backups(read, Clock.systemUTC()).restore(file, root, acceptOlder));
    }
    return ExitStatus.DONE;
  }

  private void print(Backups.Restored restored) {
    BackupHeader header = restored.header();
    if (json) {
      output.json(
          Output.object()
              .put("generation", header.generation())
              .put("created", header.created().toString())
              .put("audit_sequence", header.auditSequence())
              .put("audit_continues", restored.auditContinues()));
      return;
    }
    output.line("restored: %d changes, as of %s", header.generation(), header.created());
    if (!restored.auditContinues()) {
      output.note(
          "the audit log does not hold record %d from before the backup: it is another log, or was"
              + " cut off",
          header.auditSequence());
    }
  }
}
