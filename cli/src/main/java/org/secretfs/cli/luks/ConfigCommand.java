package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.KeyslotInfo;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksVolume;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Sets names and priorities. */
@Command(
    name = "config",
    mixinStandardHelpOptions = true,
    description = "Sets a LUKS2 volume's label and subsystem, or a keyslot's priority.",
    footer = {
      "",
      "Examples:",
      "  secretfs luks config --label scratch disk.img",
      "  secretfs luks config --priority prefer --key-slot 1 disk.img",
    })
final class ConfigCommand extends LuksAction {
  @Mixin private LuksDevice device = new LuksDevice();

  @Mixin
  @SuppressWarnings("UnusedVariable")
  private Unasked unasked = new Unasked();

  @Option(names = "--label", paramLabel = "TEXT", description = "The label; '' removes it.")
  private @Nullable String label;

  @Option(names = "--subsystem", paramLabel = "TEXT", description = "The subsystem.")
  private @Nullable String subsystem;

  @Option(
      names = "--priority",
      paramLabel = "PRIORITY",
      description = "prefer: tried first; normal; ignore: tried only when named.")
  private @Nullable String priority;

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "The keyslot whose priority it is.")
  private @Nullable Integer keyslot;

  ConfigCommand(Output output) {
    super(output);
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    if (label == null && subsystem == null && priority == null) {
      throw new CliException(
          CliError.USAGE_WRONG, "nothing to set: --label, --subsystem or --priority");
    }
    try (FileLuksStorage storage = device.update()) {
      Luks2Volume volume = Versions.luks2(LuksVolume.read(storage), "labels or priorities");
      Optional<KeyslotInfo.Priority> wanted =
          Optional.ofNullable(priority).map(ConfigCommand::parsed);
      volume
          .settings()
          .set(
              Optional.ofNullable(label),
              Optional.ofNullable(subsystem),
              wanted.isPresent() ? Map.of(namedKeyslot(), wanted.get()) : Map.of());
      return VolumeFacts.of(device.header(), volume);
    }
  }

  private int namedKeyslot() throws CliException {
    if (keyslot == null) {
      throw new CliException(CliError.USAGE_WRONG, "--priority needs --key-slot");
    }
    return keyslot;
  }

  private static KeyslotInfo.Priority parsed(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "prefer" -> KeyslotInfo.Priority.PREFER;
      case "normal" -> KeyslotInfo.Priority.NORMAL;
      case "ignore" -> KeyslotInfo.Priority.IGNORE;
      default ->
          throw new OptionException(
              "--priority %s: must be prefer, normal or ignore".formatted(text));
    };
  }

  @Override
  void text(ObjectNode facts) {
    // As cryptsetup: silence is success.
  }
}
