package org.secretfs.cli.luks;

import java.io.IOException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ManifestKeeper;
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
  Replaced replace(LuksVolume volume) throws IOException, SecretfsException {
    return key()
        .attempt(
            input(),
            "Enter passphrase for keyslot to be converted: ",
            passphrase -> convert(volume, passphrase));
  }

  private Replaced convert(LuksVolume volume, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    OpenedKeyslot opened = find(volume, passphrase);
    try (VolumeKey volumeKey = opened.key()) {
      ManifestKeeper manifest = ManifestKeeper.of(volume, opened.number(), passphrase);
      int changed = volume.changeKeyslot(opened.number(), volumeKey, passphrase, options(volume));
      return new Replaced(changed, manifest.renew(volume, passphrase));
    }
  }

  @Override
  String done() {
    return "converted";
  }
}
