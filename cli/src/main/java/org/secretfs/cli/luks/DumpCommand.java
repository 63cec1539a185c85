package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ReencryptingHeader;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Shows headers. */
@Command(
    name = "dump",
    aliases = "luksDump",
    mixinStandardHelpOptions = true,
    description = {
      "Shows what a header says. Reads only, not even repairs.",
      "With --dump-volume-key the volume key goes to a new file of mode 0600, after the owner",
      "confirmed it; it is never shown.",
    },
    footer = {
      "",
      "Examples:",
      "  secretfs luks dump disk.img",
      "  secretfs luks dump --dump-json-metadata disk.img | jq .segments",
      "  secretfs luks dump --dump-volume-key --volume-key-file volume-key disk.img",
    })
final class DumpCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private TypeOption type = new TypeOption();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private VolumeKeyFile volumeKeyFile = new VolumeKeyFile();
  @Mixin private Consent consent = new Consent();

  @Option(
      names = "--dump-json-metadata",
      description = "The header's own JSON, indented, and nothing else.")
  private boolean jsonMetadata;

  @Option(
      names = {"--dump-volume-key", "--dump-master-key"},
      description = "Write the volume key to the file of --volume-key-file.")
  private boolean volumeKey;

  @Option(
      names = "--unbound",
      description = "With --dump-volume-key: the key of the unbound keyslot --key-slot.")
  private boolean unbound;

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "The keyslot to be used.")
  private @Nullable Integer keyslot;

  DumpCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      LuksHeader header = LuksHeader.read(storage);
      type.require(header);
      if (volumeKey || unbound) {
        return dumpKey(LuksVolume.read(storage));
      }
      return jsonMetadata
          ? (ObjectNode)
              Output.JSON.readTree(Versions.luks2Header(header, "JSON metadata").jsonMetadata())
          : facts(header);
    }
  }

  private ObjectNode facts(LuksHeader header) throws IOException {
    ObjectNode facts = VolumeFacts.of(device.header(), header);
    if (header instanceof ReencryptingHeader parts) {
      ReencryptionFacts.putProgress(facts.withObject("/reencryption"), parts, device);
    }
    return facts;
  }

  private ObjectNode dumpKey(LuksVolume volume) throws IOException, SecretfsException {
    Path file =
        volumeKeyFile
            .path()
            .orElseThrow(() ->
                new CliException(
                    CliError.USAGE_WRONG,
                    "--dump-volume-key needs --volume-key-file: the key is never shown"));
    PrivateFile.requireAbsent(file);
    consent.require(
        input,
        "The header dump with volume key is sensitive information that allows access to the"
            + " encrypted partition without a passphrase. This dump should be stored encrypted in"
            + " a safe place.");
    try (VolumeKey dumped = key.attempt(input, prompt(), passphrase -> open(volume, passphrase))) {
      PrivateFile.write(file, dumped);
      return Output.object()
          .put("device", device.header().toString())
          .put("volume_key_file", file.toString())
          .put("key_size", dumped.length() * Byte.SIZE);
    }
  }

  private String prompt() {
    return "Enter passphrase for %s: ".formatted(device.data());
  }

  private VolumeKey open(LuksVolume volume, org.secretfs.crypto.memory.SecretBuffer passphrase)
      throws IOException, SecretfsException {
    OptionalInt wanted = keyslot == null ? OptionalInt.empty() : OptionalInt.of(keyslot);
    if (unbound) {
      return Versions.luks2(volume, "unbound keyslots")
          .unlockUnbound(
              passphrase,
              wanted.orElseThrow(
                  () -> new CliException(CliError.USAGE_WRONG, "--unbound needs --key-slot")));
    }
    return wanted.isPresent()
        ? volume.unlock(passphrase, wanted.getAsInt())
        : volume.unlock(passphrase);
  }

  @Override
  void text(ObjectNode facts) {
    if (jsonMetadata) {
      output().json(facts);
    } else if (facts.has("volume_key_file")) {
      output().note("Key stored to file %s.", facts.get("volume_key_file").asText());
    } else {
      new DumpText(output()).print(facts);
    }
  }
}
