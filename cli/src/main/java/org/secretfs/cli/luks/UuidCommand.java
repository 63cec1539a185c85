package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksVolume;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Prints or sets the UUID. */
@Command(
    name = "uuid",
    aliases = "luksUUID",
    mixinStandardHelpOptions = true,
    description = "Prints a volume's UUID, or sets it.")
final class UuidCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private Consent consent = new Consent();

  @Option(names = "--uuid", paramLabel = "UUID", description = "The UUID that it shall have.")
  private @Nullable UUID wanted;

  UuidCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    UUID uuid = wanted == null ? read() : set(wanted);
    return Output.object().put("device", device.header().toString()).put("uuid", uuid.toString());
  }

  private UUID read() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      return LuksHeader.read(storage).uuid();
    }
  }

  private UUID set(UUID uuid) throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.update()) {
      LuksVolume volume = LuksVolume.read(storage);
      consent.require(input, "Whatever names this volume by its UUID will no longer find it.");
      volume.setUuid(uuid);
      return volume.uuid();
    }
  }

  @Override
  void text(ObjectNode facts) {
    output().line("%s", facts.get("uuid").asText());
  }
}
