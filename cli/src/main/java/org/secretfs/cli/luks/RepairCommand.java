package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.Luks1Volume;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.LuksProbe;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Mends headers. */
@Command(
    name = "repair",
    mixinStandardHelpOptions = true,
    description = {
      "Rewrites a damaged or older copy of a LUKS2 header from the good one. Where neither is",
      "good, only a backup helps (header-restore). In a LUKS1 header, which has no copy, what is",
      "wrong with the hash's name and with keyslots not in use is put right.",
    },
    footer = {"", "Example:  secretfs luks repair disk.img"})
final class RepairCommand extends LuksAction {
  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private Consent consent = new Consent();

  RepairCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.update()) {
      if (LuksProbe.probe(storage).kind() == LuksProbe.Kind.LUKS1) {
        consent.require(input, "Really try to repair the LUKS1 header?");
        List<String> mended = Luks1Volume.mend(storage);
        return facts(mended.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", mended)));
      }
      LuksHeader header = LuksHeader.read(storage);
      Optional<String> reason = header.repairReason();
      if (reason.isPresent()) {
        consent.require(input, "Really try to repair the header? " + reason.get());
        header.repair();
      }
      return facts(reason);
    }
  }

  private ObjectNode facts(Optional<String> repaired) {
    return Output.object()
        .put("device", device.header().toString())
        .put("repaired", repaired.orElse(null));
  }

  @Override
  void text(ObjectNode facts) {
    output()
        .note(
            "%s",
            facts.get("repaired").isNull()
                ? "Nothing to repair."
                : "Repaired: " + facts.get("repaired").asText());
  }
}
