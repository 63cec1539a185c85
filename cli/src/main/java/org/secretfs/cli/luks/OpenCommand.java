package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Comparator;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.IntConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.secretfs.attach.AttachRequest;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksProbe;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.Reencryption;
import org.secretfs.luks.VolumeKey;
import org.secretfs.luks.VolumeSegment;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Opens volumes, or makes sure that they would open. */
@Command(
    name = "open",
    aliases = "luksOpen",
    mixinStandardHelpOptions = true,
    description = {
      "Opens a volume under a name: by the kernel's dm-crypt where there is one, otherwise by a",
      "process that serves the plaintext over FUSE, with a loop device on it. Prints the device.",
      "A volume in the middle of a re-encryption is served in its parts, by such a process.",
      "With --test-passphrase, only makes sure that it would open.",
    },
    footer = {
      "",
      "Examples:",
      "  secretfs luks open --test-passphrase --key-file key disk.img",
      "  secretfs luks open disk.img scratch",
    })
final class OpenCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private TypeOption type = new TypeOption();

  @Mixin
  @SuppressWarnings("UnusedVariable")
  private Unasked unasked = new Unasked();

  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private VolumeKeyFile volumeKeyFile = new VolumeKeyFile();
  @Mixin private Attaching attaching = new Attaching();

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "NAME",
      description = "The name: a-z, 0-9, dot, underscore, hyphen.")
  private @Nullable String name;

  @Option(names = "--test-passphrase", description = "Only make sure that the volume would open.")
  private boolean test;

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "Try this keyslot only, whatever its priority.")
  private @Nullable Integer keyslot;

  @Option(
      names = {"-r", "--readonly"},
      description = "The opened device cannot be written.")
  private boolean readOnly;

  @Option(
      names = "--allow-discards",
      description = "Pass discards on: the device then shows which sectors are in use.")
  private boolean discards;

  OpenCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    if (name == null && !test) {
      throw new CliException(CliError.USAGE_WRONG, "open needs a NAME, or --test-passphrase");
    }
    if (test) {
      return test();
    }
    Optional<Reencryption.Status> parts = reencryption();
    if (parts.isPresent()) {
      return openInParts(parts.get());
    }
    try (FileLuksStorage storage = device.read()) {
      LuksVolume volume = LuksVolume.read(storage);
      type.require(volume);
      ObjectNode facts = facts();
      IntConsumer number = slot -> facts.put("keyslot", slot);
      try (VolumeKey opened =
          volumeKeyFile.unlock(volume, input, key, wanted(), device.data(), number)) {
        return attach(request(String.valueOf(name), opened.secret(), volume.segment()), facts);
      }
    }
  }

  private ObjectNode facts() {
    return Output.object().put("device", device.data().toString());
  }

  private OptionalInt wanted() {
    return keyslot == null ? OptionalInt.empty() : OptionalInt.of(keyslot);
  }

  /** By the header alone: no data is touched, whatever state it is in. */
  private ObjectNode test() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      LuksHeader header = LuksHeader.read(storage);
      type.require(header);
      ObjectNode facts = facts();
      IntConsumer number = slot -> facts.put("keyslot", slot);
      try (VolumeKey opened =
          volumeKeyFile.test(header, input, key, wanted(), device.data(), number)) {
        return facts.put("opens", true).put("key_size", opened.length() * Byte.SIZE);
      }
    }
  }

  private Optional<Reencryption.Status> reencryption() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      return LuksProbe.probe(storage).kind() == LuksProbe.Kind.LUKS2
          ? Reencryption.status(storage)
          : Optional.empty();
    }
  }

  /** In the middle of a re-encryption, the process that serves the volume opens it itself. */
  private ObjectNode openInParts(Reencryption.Status status) throws IOException, SecretfsException {
    if (readOnly) {
      throw new LuksException.UnsupportedFeature(
          "a volume in the middle of a re-encryption cannot be opened for reading only");
    }
    CryptSegment segment =
        Stream.of(status.previous(), status.target())
            .filter(VolumeSegment::isEncrypted)
            .min(Comparator.comparingInt(VolumeSegment::sectorSize))
            .orElseThrow()
            .asCrypt();
    ObjectNode facts = facts();
    return key.attempt(
        input,
        "Enter passphrase for %s: ".formatted(device.data()),
        passphrase ->
            attach(
                request(String.valueOf(name), passphrase, segment).inParts(),
                facts.put("in_reencryption", true)));
  }

  private AttachRequest request(String volumeName, SecretBuffer secret, CryptSegment segment) {
    AttachRequest request = AttachRequest.of(volumeName, device.data(), secret, segment);
    request = device.isDetached() ? request.withHeader(device.header()) : request;
    request = readOnly ? request.asReadOnly() : request;
    return discards ? request.withDiscards() : request;
  }

  private ObjectNode attach(AttachRequest request, ObjectNode facts) throws SecretfsException {
    AttachedVolume attached = attaching.choose().attach(request);
    return facts
        .put("name", request.volumeName())
        .put("opened_device", attached.device().toString())
        .put("attachment", attached.kind());
  }

  @Override
  void text(ObjectNode facts) {
    if (verbose() && facts.has("keyslot")) {
      output().note("Key slot %d unlocked.", facts.get("keyslot").asInt());
    }
    // With --test-passphrase the exit status is the answer, as with cryptsetup.
    if (facts.has("opened_device")) {
      output().line("%s", facts.get("opened_device").asText());
    }
  }
}
