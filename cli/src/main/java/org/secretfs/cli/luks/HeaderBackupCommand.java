package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import org.secretfs.cli.config.DurableFile;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.HeaderBackup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Copies a header to a file. */
@Command(
    name = "header-backup",
    aliases = "luksHeaderBackup",
    mixinStandardHelpOptions = true,
    description = {
      "Copies header and keyslots to a new file of mode 0600, in cryptsetup's form.",
      "Whoever has it and a passphrase of today opens the volume, also after the passphrase was",
      "removed from the device: keep it as safe as the key.",
    },
    footer = {
      "",
      "Example:  secretfs luks header-backup --header-backup-file disk.header disk.img"
    })
final class HeaderBackupCommand extends LuksAction {
  @Mixin private LuksDevice device = new LuksDevice();

  @Mixin
  @SuppressWarnings("UnusedVariable")
  private Unasked unasked = new Unasked();

  @Option(
      names = "--header-backup-file",
      required = true,
      paramLabel = "FILE",
      description = "The file to be made; it must not exist.")
  private Path file = Path.of("");

  HeaderBackupCommand(Output output) {
    super(output);
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    PrivateFile.requireAbsent(file);
    try (FileLuksStorage storage = device.read()) {
      HeaderBackup backup = HeaderBackup.of(storage);
      try (FileChannel channel = PrivateFile.create(file);
          OutputStream out = Channels.newOutputStream(channel)) {
        backup.writeTo(out);
        channel.force(true);
      }
      DurableFile.syncName(file);
      return Output.object()
          .put("device", device.header().toString())
          .put("header_backup_file", file.toString())
          .put("type", "luks" + backup.version())
          .put("uuid", backup.uuid().toString())
          .put("bytes", backup.sizeBytes());
    }
  }

  @Override
  void text(ObjectNode facts) {
    output()
        .note(
            "%s: %d bytes of %s",
            facts.get("header_backup_file").asText(),
            facts.get("bytes").asLong(),
            facts.get("uuid").asText());
  }
}
