package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.FormatOptions;
import org.secretfs.luks.Luks1FormatOptions;
import org.secretfs.luks.Luks1Volume;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes volumes. */
@Command(
    name = "format",
    aliases = "luksFormat",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a volume with one keyslot. Only on a device that is proven blank: one that holds",
      "anything is refused unless --over-existing-data says that it may go, and a LUKS volume",
      "that is in use must be erased first.",
    },
    footer = {
      "",
      "Examples:",
      "  secretfs luks format /dev/nvme1n1",
      "  secretfs luks format --pbkdf pbkdf2 --pbkdf-force-iterations 1000 disk.img key",
      "  secretfs luks format --header disk.header --sector-size 4096 disk.img",
    })
final class FormatCommand extends LuksAction {
  private static final long LUKS1_HEADER_BYTES = 4L << 20;

  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private LayoutOptions layout = new LayoutOptions();
  @Mixin private KdfOptions kdf = new KdfOptions();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private VolumeKeyFile volumeKeyFile = new VolumeKeyFile();
  @Mixin private Consent consent = new Consent();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "KEYFILE",
      description = "The bytes of KEYFILE open the volume; - is standard input.")
  private @Nullable Path keyFile;

  @Option(
      names = "--over-existing-data",
      description = "The device may hold something, and that is to be destroyed.")
  private boolean overExistingData;

  FormatCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    // What is mounted or mapped is not blank, whatever its first bytes say; nor may it become so.
    try (DeviceClaim _ = DeviceClaim.take(device.data())) {
      if (!device.isDetached() || Files.notExists(device.header())) {
        return make();
      }
      try (DeviceClaim _ = DeviceClaim.take(device.header())) {
        return make();
      }
    }
  }

  private ObjectNode make() throws IOException, SecretfsException {
    Making making = layout.isLuks1() ? luks1() : luks2();
    HeaderPlace place = new HeaderPlace(device, overExistingData);
    place.requireFree();
    if (place.holdsSomething() || input.terminal().isPresent()) {
      consent.require(input, place.warning());
    }
    try (SecretBuffer passphrase = passphrase()) {
      try (VolumeKey volumeKey = volumeKeyFile.read(input).orElse(null)) {
        return VolumeFacts.of(device.header(), making.make(place, passphrase, volumeKey));
      }
    }
  }

  /** Writes the header; all options were looked at before. */
  @FunctionalInterface
  private interface Making {
    LuksVolume make(HeaderPlace place, SecretBuffer passphrase, @Nullable VolumeKey key)
        throws IOException, SecretfsException;
  }

  private Making luks2() throws IOException, SecretfsException {
    FormatOptions.Builder options = layout.options(device, kdf);
    return (place, passphrase, volumeKey) -> {
      if (volumeKey != null) {
        options.keySizeBits(volumeKey.length() * Byte.SIZE).volumeKey(volumeKey);
      }
      FormatOptions built = options.build();
      return place.make(
          layout.detachedHeaderBytes(built),
          () -> {
            try (FileLuksStorage storage = device.update()) {
              return Luks2Volume.format(storage, built, passphrase);
            }
          });
    };
  }

  private Making luks1() throws IOException, SecretfsException {
    Luks1FormatOptions.Builder options = layout.luks1Options(device, kdf);
    return (place, passphrase, volumeKey) -> {
      if (volumeKey != null) {
        options.keySizeBits(volumeKey.length() * Byte.SIZE).volumeKey(volumeKey);
      }
      Luks1FormatOptions built = options.build();
      return place.make(
          LUKS1_HEADER_BYTES,
          () -> {
            try (FileLuksStorage storage = device.update()) {
              return Luks1Volume.format(storage, built, passphrase);
            }
          });
    };
  }

  private SecretBuffer passphrase() throws IOException, SecretfsException {
    if (keyFile != null) {
      return new KeyFile(keyFile, key.range()).read(input);
    }
    return key.newPassphrase(input, "Enter passphrase for %s: ".formatted(device.header()));
  }

  @Override
  void text(ObjectNode facts) {
    output()
        .note(
            "%s: %s, %s, %d-byte sectors, UUID %s",
            facts.get("device").asText(),
            facts.get("type").asText(),
            facts.get("cipher").asText(),
            facts.get("sector_size").asInt(),
            facts.get("uuid").asText());
  }
}
