package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells of opened volumes. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = "Tells whether a volume is open under a name: exit status 0, or 4 if not.",
    footer = {"", "Example:  secretfs luks status scratch"})
final class StatusCommand extends LuksAction {
  @Mixin private Attaching attaching = new Attaching();

  @Parameters(index = "0", paramLabel = "NAME", description = "The name it was opened under.")
  private String name = "";

  StatusCommand(Output output) {
    super(output);
  }

  @Override
  ObjectNode run() throws SecretfsException {
    Optional<AttachedVolume> found = attaching.all().find(name);
    ObjectNode facts = Output.object().put("name", name).put("active", found.isPresent());
    found.ifPresent(volume -> {
      facts.put("opened_device", volume.device().toString()).put("attachment", volume.kind());
      facts.put("problem", volume.unhealthyBecause().orElse(null));
    });
    return facts;
  }

  @Override
  int statusOf(ObjectNode facts) {
    return facts.get("active").asBoolean() ? ExitStatus.DONE : ExitStatus.DATA;
  }

  @Override
  void text(ObjectNode facts) {
    if (!facts.get("active").asBoolean()) {
      output().line("%s is inactive.", name);
      return;
    }
    output().line("%s is active.", facts.get("opened_device").asText());
    output().line("  type:    %s", facts.get("attachment").asText());
    if (!facts.get("problem").isNull()) {
      output().line("  problem: %s", facts.get("problem").asText());
    }
  }
}
