package org.secretfs.cli.seal;

import java.util.concurrent.Callable;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.KeyManagerControl;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Has a running server wipe its keys. */
@Command(
    name = "seal",
    mixinStandardHelpOptions = true,
    description = {
      "Has the key manager that runs on this machine answer what is under way, wipe all keys from",
      "its memory, and refuse requests until it is unsealed again.",
    })
public final class SealCommand implements Callable<Integer> {
  private final Output output;

  @Mixin private KeyManagerOption config = new KeyManagerOption();

  public SealCommand(Output output) {
    this.output = output;
  }

  @Override
  public Integer call() throws SecretfsException {
    SealStatusCommand.print(output, false, new KeyManagerControl(config.read()).seal());
    return ExitStatus.DONE;
  }
}
