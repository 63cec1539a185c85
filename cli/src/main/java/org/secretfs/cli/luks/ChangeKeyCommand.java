package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ManifestKeeper;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Replaces a passphrase. */
@Command(
    name = "change-key",
    aliases = "luksChangeKey",
    mixinStandardHelpOptions = true,
    description = {
      "Replaces a passphrase or key file by another, in the same keyslot. Whenever the power",
      "fails, the old one or the new one opens the volume. In LUKS1 the new one is in the first",
      "keyslot that was free.",
    },
    footer = {"", "Example:  secretfs luks change-key --key-file old disk.img new"})
final class ChangeKeyCommand extends ReplaceKeyslotAction {
  @Mixin private NewKeyOptions newKey = new NewKeyOptions();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "KEYFILE",
      description = "The bytes of KEYFILE are the new key; - is standard input.")
  private @Nullable Path newKeyFile;

  ChangeKeyCommand(Output output, Input input) {
    super(output, input);
  }

  /** A keyslot that the old passphrase opened, and the manifest that it made. */
  private record Old(OpenedKeyslot keyslot, ManifestKeeper manifest) {}

  private Old open(LuksVolume volume, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    OpenedKeyslot opened = find(volume, passphrase);
    return new Old(opened, ManifestKeeper.of(volume, opened.number(), passphrase));
  }

  @Override
  Replaced replace(LuksVolume volume) throws IOException, SecretfsException {
    Old old =
        key()
            .attempt(
                input(),
                "Enter passphrase to be changed: ",
                passphrase -> open(volume, passphrase));
    try (VolumeKey volumeKey = old.keyslot().key();
        SecretBuffer passphrase = newKey.obtain(input(), key(), newKeyFile)) {
      int changed =
          volume.changeKeyslot(old.keyslot().number(), volumeKey, passphrase, options(volume));
      return new Replaced(changed, old.manifest().renewWithOther(volume, passphrase));
    }
  }

  @Override
  String done() {
    return "changed";
  }
}
