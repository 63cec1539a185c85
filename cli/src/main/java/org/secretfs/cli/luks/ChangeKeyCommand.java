package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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
final class ChangeKeyCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private NewKeyOptions newKey = new NewKeyOptions();
  @Mixin private KdfOptions kdf = new KdfOptions();
  @Mixin private KeyslotKind kind = new KeyslotKind();

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "The keyslot (default: the one that the old passphrase opens).")
  private @Nullable Integer number;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "KEYFILE",
      description = "The bytes of KEYFILE are the new key; - is standard input.")
  private @Nullable Path newKeyFile;

  ChangeKeyCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    OptionalInt wanted = number == null ? OptionalInt.empty() : OptionalInt.of(number);
    try (FileLuksStorage storage = device.update()) {
      LuksVolume volume = LuksVolume.read(storage);
      OpenedKeyslot opened =
          key.attempt(
              input,
              "Enter passphrase to be changed: ",
              passphrase -> OpenedKeyslot.find(volume, passphrase, wanted));
      try (VolumeKey volumeKey = opened.key();
          SecretBuffer passphrase = newKey.obtain(input, key, newKeyFile)) {
        int changed =
            volume.changeKeyslot(
                opened.number(), volumeKey, passphrase, Versions.kdf(volume, kdf, kind));
        return Output.object().put("device", device.header().toString()).put("keyslot", changed);
      }
    }
  }

  @Override
  void text(ObjectNode facts) {
    output().note("Key slot %d changed.", facts.get("keyslot").asInt());
  }
}
