package org.secretfs.cli.seal;

import java.io.IOException;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.KeyManagerControl;
import org.secretfs.keymanager.failure.KeyManagerException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Hands a running server what unseals its root key. */
@Command(
    name = "unseal",
    mixinStandardHelpOptions = true,
    description = {
      "Unseals the key manager that runs on this machine: hands over a passphrase, or shares one",
      "by one, each by whoever holds it; they may come from different people's terminals. Without",
      "options asks for them, after the seals that need nobody were tried once more.",
      "Recovery shares work when the token or KMS that sealed the root key is gone.",
    })
public final class UnsealCommand implements Callable<Integer> {
  private final Output output;
  private final Input input;

  @Mixin private KeyManagerOption config = new KeyManagerOption();
  @Mixin private EntryOptions entries = new EntryOptions();

  @Option(names = "--reset", description = "Forget what was entered so far, first.")
  private boolean reset;

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  public UnsealCommand(Output output, Input input) {
    this.output = output;
    this.input = input;
  }

  @Override
  public Integer call() throws SecretfsException, IOException {
    KeyManagerControl control = new KeyManagerControl(config.read());
    KeyManagerControl.Status status = reset ? control.forget() : control.status();
    if (status.sealed() && !entries.isGiven()) {
      status = unattended(control, status);
    }
    KeyManagerControl.Status[] last = {status};
    if (status.sealed()) {
      entries.<KeyManagerException>hand(
          input,
          status.seals(),
          entry -> {
            last[0] = control.unseal(entry);
            if (last[0].sealed()) {
              output.note("%s", Missing.text(last[0].seals()));
            }
            return last[0].sealed();
          });
    }
    SealStatusCommand.print(output, json, last[0]);
    return ExitStatus.DONE;
  }

  /** Tries the seals that need nobody; what failed is told, if people can do something instead. */
  private KeyManagerControl.Status unattended(
      KeyManagerControl control, KeyManagerControl.Status status) throws KeyManagerException {
    if (status.seals().stream().allMatch(seal -> seal.needed() > 0)) {
      return status;
    }
    try {
      return control.unseal();
    } catch (KeyManagerException e) {
      if (status.seals().stream().allMatch(seal -> seal.needed() == 0)) {
        throw e;
      }
      output.note("%s", String.valueOf(e.getMessage()));
      return status;
    }
  }
}
