package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksConversion;
import org.secretfs.luks.LuksVolume;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Changes the version of the format. */
@Command(
    name = "convert",
    mixinStandardHelpOptions = true,
    description = {
      "Turns a LUKS1 header into LUKS2 or back; the data and all passphrases stay. To LUKS1 only",
      "what LUKS1 can express: PBKDF2 keyslots, sectors of 512 bytes, no tokens.",
      "Cut off in mid-way, the volume still opens and the command can be repeated.",
    },
    footer = {"", "Example:  secretfs luks convert --type luks2 disk.img"})
final class ConvertCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private Consent consent = new Consent();

  @Option(
      names = {"-M", "--type"},
      required = true,
      description = "The version to have: ${COMPLETION-CANDIDATES}.")
  private Version type = Version.luks2;

  /** The versions, as cryptsetup names them. */
  enum Version {
    luks1,
    luks2
  }

  ConvertCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (DeviceClaim _ = DeviceClaim.take(device.data());
        FileLuksStorage storage = device.update()) {
      LuksVolume volume = LuksVolume.read(storage);
      boolean already = (volume.version() == 1) == (type == Version.luks1);
      if (!already) {
        consent.require(
            input, "This operation will convert %s to %s.".formatted(device.header(), type));
        convert(storage);
      }
      return Output.object()
          .put("device", device.header().toString())
          .put("type", type.name())
          .put("converted", !already);
    }
  }

  private void convert(FileLuksStorage storage) throws IOException, SecretfsException {
    switch (type) {
      case luks1 -> LuksConversion.toLuks1(storage);
      case luks2 -> LuksConversion.toLuks2(storage);
    }
  }

  @Override
  void text(ObjectNode facts) {
    output()
        .note(
            "%s %s %s.",
            facts.get("device").asText(),
            facts.get("converted").asBoolean() ? "is now" : "is already",
            facts.get("type").asText());
  }
}
