package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.ReencryptingHeader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Destroys all keyslots. */
@Command(
    name = "erase",
    aliases = "luksErase",
    mixinStandardHelpOptions = true,
    description = {
      "Destroys every keyslot and overwrites where they were: without a backup of the header or",
      "the volume key, the data cannot be read again by anybody. A re-encryption under way cannot",
      "be finished afterwards: the data of such a volume is lost for good.",
    },
    footer = {"", "Example:  secretfs luks erase disk.img"})
final class EraseCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private Consent consent = new Consent();

  EraseCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.update()) {
      LuksHeader header = LuksHeader.read(storage);
      consent.require(input, warning(header));
      int keyslots = header.keyslots().size();
      header.erase();
      return Output.object().put("device", device.header().toString()).put("erased", keyslots);
    }
  }

  private String warning(LuksHeader header) {
    String warning =
        "This operation will erase all keyslots on device %s.%nDevice will become unusable after"
                .formatted(device.header())
            + " this operation.";
    return header instanceof ReencryptingHeader
        ? warning
            + "%nIt is in the middle of a re-encryption, which nothing can finish afterwards:"
                .formatted()
            + " its data is lost for good."
        : warning;
  }

  @Override
  void text(ObjectNode facts) {
    output().note("%d keyslots erased.", facts.get("erased").asInt());
  }
}
