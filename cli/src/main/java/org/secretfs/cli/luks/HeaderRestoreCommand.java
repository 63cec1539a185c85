package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.HeaderBackup;
import org.secretfs.luks.LuksException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Puts a header back. */
@Command(
    name = "header-restore",
    aliases = "luksHeaderRestore",
    mixinStandardHelpOptions = true,
    description = {
      "Puts a backup of header and keyslots back. Passphrases are then those of the backup.",
      "A backup of another volume, of other sizes or of another volume key is refused, and so is a",
      "device that holds something else, unless --force says that what is there may be lost.",
    },
    footer = {
      "",
      "Example:",
      "  secretfs luks header-restore --header-backup-file disk.header disk.img"
    })
final class HeaderRestoreCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private Consent consent = new Consent();

  @Option(
      names = "--header-backup-file",
      required = true,
      paramLabel = "FILE",
      description = "The backup.")
  private Path file = Path.of("");

  @Option(names = "--force", description = "Put it back even where it does not belong.")
  private boolean force;

  HeaderRestoreCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage saved = FileLuksStorage.openReadOnly(file);
        FileLuksStorage storage = device.update()) {
      HeaderBackup backup = read(saved);
      List<String> objections = backup.objections(storage);
      if (!objections.isEmpty() && !force) {
        throw new LuksException.BackupRefused(String.join("; ", objections));
      }
      consent.require(input, warning(objections));
      if (objections.isEmpty()) {
        backup.restore(storage);
      } else {
        backup.restoreOverAnything(storage);
      }
      return Output.object()
          .put("device", device.header().toString())
          .put("uuid", backup.uuid().toString())
          .put("forced", !objections.isEmpty());
    }
  }

  /** What is wrong with the file is not blamed on the device. */
  private HeaderBackup read(FileLuksStorage saved) throws IOException, SecretfsException {
    try {
      return HeaderBackup.read(saved);
    } catch (LuksException.NotLuks | LuksException.CorruptHeader e) {
      throw new CliException(
          CliError.BACKUP_UNREADABLE,
          "%s is no backup of a LUKS header: %s; nothing was written to %s"
              .formatted(file.toAbsolutePath().normalize(), e.getMessage(), device.header()),
          e);
    }
  }

  private String warning(List<String> objections) {
    return objections.isEmpty()
        ? "The header of %s and all its keyslots will be replaced.".formatted(device.header())
        : "%s: this does not belong together: %s. What is there will be lost."
            .formatted(device.header(), String.join("; ", objections));
  }

  @Override
  void text(ObjectNode facts) {
    output().note("Header of %s restored.", facts.get("uuid").asText());
  }
}
