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
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes the keyslot of a passphrase. */
@Command(
    name = "remove-key",
    aliases = "luksRemoveKey",
    mixinStandardHelpOptions = true,
    description = {
      "Destroys the keyslot that a passphrase or key file opens.",
      "The last one is refused, unless --force says that the data may be lost.",
    },
    footer = {"", "Example:  secretfs luks remove-key disk.img key"})
final class RemoveKeyCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private Consent consent = new Consent();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "KEYFILE",
      description = "The key file whose keyslot goes; the same as --key-file.")
  private @Nullable Path keyFile;

  @Option(names = "--force", description = KillSlotCommand.FORCE)
  private boolean force;

  RemoveKeyCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.update()) {
      LuksVolume volume = LuksVolume.read(storage);
      int number = find(volume);
      KillSlotCommand.remove(volume, number, force, consent, input);
      return Output.object().put("device", device.header().toString()).put("keyslot", number);
    }
  }

  private int find(LuksVolume volume) throws IOException, SecretfsException {
    if (keyFile == null) {
      return key.attempt(
          input, "Enter passphrase to be deleted: ", passphrase -> number(volume, passphrase));
    }
    try (SecretBuffer passphrase = new KeyFile(keyFile, key.range()).read(input)) {
      return number(volume, passphrase);
    }
  }

  private static int number(LuksVolume volume, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    OpenedKeyslot opened = OpenedKeyslot.find(volume, passphrase, OptionalInt.empty());
    opened.key().close();
    return opened.number();
  }

  @Override
  void text(ObjectNode facts) {
    output().note("Key slot %d removed.", facts.get("keyslot").asInt());
  }
}
