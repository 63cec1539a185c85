package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.KeyslotOptions;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Adds keyslots. */
@Command(
    name = "add-key",
    aliases = "luksAddKey",
    mixinStandardHelpOptions = true,
    description = {
      "Adds a keyslot: another passphrase or key file for the same volume key.",
      "",
      "With --unbound the keyslot holds another key, random or from --volume-key-file: a volume",
      "key to come, which opens nothing yet.",
    },
    footer = {
      "",
      "Examples:",
      "  secretfs luks add-key disk.img",
      "  secretfs luks add-key --key-file key disk.img second-key",
      "  secretfs luks add-key --unbound --key-size 512 -S 7 disk.img key-of-slot-7",
    })
final class AddKeyCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();

  @Mixin
  @SuppressWarnings("UnusedVariable")
  private Unasked unasked = new Unasked();

  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private VolumeKeyFile volumeKeyFile = new VolumeKeyFile();
  @Mixin private NewKeyOptions newKey = new NewKeyOptions();
  @Mixin private KdfOptions kdf = new KdfOptions();
  @Mixin private KeyslotKind kind = new KeyslotKind();
  @Mixin private KeyslotCipher cipher = new KeyslotCipher();

  @Option(
      names = {"-S", "--key-slot", "--new-key-slot"},
      paramLabel = "N",
      description = "The number of the new keyslot (default: the lowest free one).")
  private @Nullable Integer number;

  @Option(names = "--unbound", description = "The keyslot holds another key than the volume's.")
  private boolean unbound;

  @Option(
      names = {"-s", "--key-size"},
      paramLabel = "BITS",
      description = "With --unbound: the size of the random key.")
  private @Nullable Integer keySizeBits;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "KEYFILE",
      description = "The bytes of KEYFILE are the new key; - is standard input.")
  private @Nullable Path newKeyFile;

  AddKeyCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.update()) {
      LuksVolume volume = LuksVolume.read(storage);
      int added = unbound ? addUnbound(Versions.luks2(volume, "unbound keyslots")) : add(volume);
      return Output.object()
          .put("device", device.header().toString())
          .put("keyslot", added)
          .put("bound", !unbound);
    }
  }

  private int add(LuksVolume volume) throws IOException, SecretfsException {
    if (keySizeBits != null) {
      throw new CliException(CliError.USAGE_WRONG, "--key-size is for --unbound only");
    }
    try (VolumeKey opened =
            volumeKeyFile.unlock(volume, input, key, OptionalInt.empty(), device.data());
        SecretBuffer passphrase = newKey.obtain(input, key, newKeyFile)) {
      return volume.addKeyslot(opened, passphrase, options(volume));
    }
  }

  private int addUnbound(Luks2Volume volume) throws IOException, SecretfsException {
    try (VolumeKey other = otherKey();
        SecretBuffer passphrase = newKey.obtain(input, key, newKeyFile)) {
      return volume.addUnboundKeyslot(other, passphrase, options(volume));
    }
  }

  private VolumeKey otherKey() throws IOException, CliException {
    Optional<VolumeKey> given = volumeKeyFile.read(input);
    if (given.isPresent()) {
      return given.get();
    }
    if (keySizeBits == null || keySizeBits % Byte.SIZE != 0) {
      throw new CliException(
          CliError.USAGE_WRONG,
          "--unbound needs --key-size BITS for a random key, a multiple of 8, or"
              + " --volume-key-file");
    }
    return VolumeKey.random(keySizeBits / Byte.SIZE);
  }

  private KeyslotOptions options(LuksVolume volume) throws SecretfsException {
    KeyslotOptions options =
        cipher.applyTo(
            KeyslotOptions.of(Versions.kdf(volume, kdf, kind)), volume.segment().cipher());
    return number == null ? options : options.withNumber(number);
  }

  @Override
  void text(ObjectNode facts) {
    output().note("Key slot %d created.", facts.get("keyslot").asInt());
  }
}
