package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksVolume;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Removes a keyslot by its number. */
@Command(
    name = "kill-slot",
    aliases = "luksKillSlot",
    mixinStandardHelpOptions = true,
    description = {
      "Destroys a keyslot by its number. Another passphrase of the volume must be given, so that",
      "it is known to open afterwards; with --batch-mode and no key file none is asked for.",
      "The last keyslot is refused, unless --force says that the data may be lost.",
    },
    footer = {"", "Example:  secretfs luks kill-slot --key-file key disk.img 1"})
final class KillSlotCommand extends LuksAction {
  static final String FORCE =
      "Destroy the last keyslot, too: without a header backup or the volume key, the data is lost.";

  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();
  @Mixin private Consent consent = new Consent();

  @Parameters(index = "1", paramLabel = "SLOT", description = "The keyslot's number, 0 to 31.")
  private int number;

  @Option(names = "--force", description = FORCE)
  private boolean force;

  KillSlotCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.update()) {
      LuksVolume volume = LuksVolume.read(storage);
      requireAnotherThatOpens(volume);
      remove(volume, number, force, consent, input);
      return Output.object().put("device", device.header().toString()).put("keyslot", number);
    }
  }

  /** A slip in the number must not lock the owner out. */
  private void requireAnotherThatOpens(LuksVolume volume) throws IOException, SecretfsException {
    boolean lastOfThem = volume.isLastKeyslot(number) || !volume.keyslots().containsKey(number);
    if (lastOfThem || (consent.isBatch() && key.keyFile().isEmpty())) {
      return;
    }
    key.attempt(
        input,
        "Enter any remaining passphrase: ",
        passphrase -> {
          OpenedKeyslot opened = OpenedKeyslot.findOther(volume, passphrase, number);
          opened.key().close();
          return opened.number();
        });
  }

  static void remove(LuksVolume volume, int number, boolean force, Consent consent, Input input)
      throws IOException, SecretfsException {
    if (!force) {
      volume.removeKeyslot(number);
      return;
    }
    if (volume.isLastKeyslot(number)) {
      consent.require(
          input,
          "This is the last keyslot. The device will become unusable after purging this key.");
    }
    volume.removeKeyslotEvenIfLast(number);
  }

  @Override
  void text(ObjectNode facts) {
    output().note("Key slot %d removed.", facts.get("keyslot").asInt());
  }
}
