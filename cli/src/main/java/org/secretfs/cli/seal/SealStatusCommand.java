package org.secretfs.cli.seal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.KeyManagerControl;
import org.secretfs.keymanager.seal.Unsealing;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Tells whether a running server is sealed. */
@Command(
    name = "seal-status",
    mixinStandardHelpOptions = true,
    description = {
      "Tells whether the key manager that runs on this machine is sealed, and how many shares",
      "were entered of how many that are needed.",
    })
public final class SealStatusCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private KeyManagerOption config = new KeyManagerOption();

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  public SealStatusCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    print(output, json, new KeyManagerControl(config.read()).status());
    return ExitStatus.DONE;
  }

  static void print(Output output, boolean json, KeyManagerControl.Status status) {
    if (json) {
      output.json(document(status));
    } else if (status.sealed()) {
      output.line("sealed: %s", Missing.text(status.seals()));
    } else {
      output.line("unsealed");
    }
  }

  private static ObjectNode document(KeyManagerControl.Status status) {
    ObjectNode document = Output.object().put("sealed", status.sealed());
    ArrayNode seals = document.putArray("seals");
    for (Unsealing.Progress seal : status.seals()) {
      seals
          .addObject()
          .put("kind", seal.kind())
          .put("recovery", seal.recovery())
          .put("needed", seal.needed())
          .put("missing", seal.missing());
    }
    return document;
  }
}
