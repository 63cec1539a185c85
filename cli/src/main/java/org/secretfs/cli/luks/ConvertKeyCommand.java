package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksVolume;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Gives a keyslot another key derivation. */
@Command(
    name = "convert-key",
    aliases = "luksConvertKey",
    mixinStandardHelpOptions = true,
    description = "Stretches the same passphrase of a keyslot by another key derivation.",
    footer = {"", "Example:  secretfs luks convert-key --pbkdf argon2id disk.img"})
final class ConvertKeyCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private KdfOptions kdf = new KdfOptions();
  @Mixin private KeyslotKind kind = new KeyslotKind();

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "The keyslot (default: the one that the passphrase opens).")
  private @Nullable Integer number;

  ConvertKeyCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    OptionalInt wanted = number == null ? OptionalInt.empty() : OptionalInt.of(number);
    try (FileLuksStorage storage = device.update()) {
      LuksVolume volume = LuksVolume.read(storage);
      int converted =
          key.attempt(
              input,
              "Enter passphrase for keyslot to be converted: ",
              passphrase -> {
                OpenedKeyslot opened = OpenedKeyslot.find(volume, passphrase, wanted);
                try (var volumeKey = opened.key()) {
                  return volume.changeKeyslot(
                      opened.number(), volumeKey, passphrase, Versions.kdf(volume, kdf, kind));
                }
              });
      return Output.object().put("device", device.header().toString()).put("keyslot", converted);
    }
  }

  @Override
  void text(ObjectNode facts) {
    output().note("Key slot %d converted.", facts.get("keyslot").asInt());
  }
}
