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
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Opens volumes, or makes sure that they would open. */
@Command(
    name = "open",
    aliases = "luksOpen",
    mixinStandardHelpOptions = true,
    description = "Makes sure that a passphrase opens a volume.")
final class OpenCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();

  @Option(
      names = "--test-passphrase",
      required = true,
      description = "Only make sure that the volume would open.")
  @SuppressWarnings("UnusedVariable")
  private boolean test;

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "Try this keyslot only, whatever its priority.")
  private @Nullable Integer keyslot;

  OpenCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      LuksVolume volume = LuksVolume.read(storage);
      OptionalInt wanted = keyslot == null ? OptionalInt.empty() : OptionalInt.of(keyslot);
      try (VolumeKey opened = key.unlock(volume, input, wanted, device.data())) {
        return Output.object()
            .put("device", device.data().toString())
            .put("opens", true)
            .put("key_size", opened.length() * Byte.SIZE);
      }
    }
  }

  @Override
  void text(ObjectNode facts) {
    // As cryptsetup: the exit status is the answer.
  }
}
