package org.secretfs.cli.luks;

import java.io.IOException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;

/** Gives a keyslot another key derivation. */
@Command(
    name = "convert-key",
    aliases = "luksConvertKey",
    mixinStandardHelpOptions = true,
    description = {
      "Stretches the same passphrase of a keyslot by another key derivation, or encrypts the",
      "keyslot otherwise.",
    },
    footer = {"", "Example:  secretfs luks convert-key --pbkdf argon2id disk.img"})
final class ConvertKeyCommand extends ReplaceKeyslotAction {
  ConvertKeyCommand(Output output, Input input) {
    super(output, input);
  }

  @Override
  int replace(LuksVolume volume) throws IOException, SecretfsException {
    return key()
        .attempt(
            input(),
            "Enter passphrase for keyslot to be converted: ",
            passphrase -> {
              OpenedKeyslot opened = find(volume, passphrase);
              try (VolumeKey volumeKey = opened.key()) {
                return volume.changeKeyslot(
                    opened.number(), volumeKey, passphrase, options(volume));
              }
            });
  }

  @Override
  String done() {
    return "converted";
  }
}
