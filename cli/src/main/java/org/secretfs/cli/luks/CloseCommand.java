package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Closes opened volumes. */
@Command(
    name = "close",
    aliases = "luksClose",
    mixinStandardHelpOptions = true,
    description = "Closes an opened volume; everything written is on its device afterwards.",
    footer = {"", "Example:  secretfs luks close scratch"})
final class CloseCommand extends LuksAction {
  @Mixin private Attaching attaching = new Attaching();

  @Parameters(index = "0", paramLabel = "NAME", description = "The name it was opened under.")
  private String name = "";

  CloseCommand(Output output) {
    super(output);
  }

  @Override
  ObjectNode run() throws SecretfsException {
    if (attaching.all().find(name).isEmpty()) {
      throw new CliException(
          CliError.NAME_NOT_OPEN, "no volume is open under the name %s".formatted(name));
    }
    attaching.all().detach(name);
    return Output.object().put("name", name);
  }

  @Override
  void text(ObjectNode facts) {
    // As cryptsetup: silence is success.
  }
}
