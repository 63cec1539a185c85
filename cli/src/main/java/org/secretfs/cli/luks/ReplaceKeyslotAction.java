package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.KeyslotOptions;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.ManifestKeeper;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** An action that puts another keyslot in the place of one that a passphrase opens. */
abstract class ReplaceKeyslotAction extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();

  @Mixin
  @SuppressWarnings("UnusedVariable")
  private Unasked unasked = new Unasked();

  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private KdfOptions kdf = new KdfOptions();
  @Mixin private KeyslotKind kind = new KeyslotKind();
  @Mixin private KeyslotCipher cipher = new KeyslotCipher();

  @Option(
      names = {"-S", "--key-slot"},
      paramLabel = "N",
      description = "The keyslot (default: the one that the passphrase opens).")
  private @Nullable Integer number;

  ReplaceKeyslotAction(Output output, Input input) {
    super(output);
    this.input = input;
  }

  /** The number of the keyslot that is there now, and what became of its manifest. */
  record Replaced(int keyslot, ManifestKeeper.Outcome manifest) {}

  /** Does it. */
  abstract Replaced replace(LuksVolume volume) throws IOException, SecretfsException;

  /** What was done, as in "Key slot 1 changed.". */
  abstract String done();

  @Override
  final ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.update()) {
      Replaced replaced = replace(LuksVolume.read(storage));
      return ManifestNote.put(
          Output.object()
              .put("device", device.header().toString())
              .put("keyslot", replaced.keyslot()),
          replaced.manifest());
    }
  }

  @Override
  final void text(ObjectNode facts) {
    output().note("Key slot %d %s.", facts.get("keyslot").asInt(), done());
    ManifestNote.print(output(), facts);
  }

  final Input input() {
    return input;
  }

  final KeyOptions key() {
    return key;
  }

  /** The keyslot that is meant, opened; the caller closes its key. */
  final OpenedKeyslot find(LuksVolume volume, SecretBuffer passphrase)
      throws IOException, SecretfsException {
    OptionalInt wanted = number == null ? OptionalInt.empty() : OptionalInt.of(number);
    return OpenedKeyslot.find(volume, passphrase, wanted);
  }

  /** What the new keyslot looks like; measures the key derivation where its cost is not stated. */
  final KeyslotOptions options(LuksVolume volume) throws SecretfsException {
    return cipher.applyTo(
        KeyslotOptions.of(Versions.kdf(volume, kdf, kind)), volume.segment().cipher());
  }
}
