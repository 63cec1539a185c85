package org.secretfs.cli.principal;

import java.util.concurrent.Callable;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Administration;
import picocli.CommandLine.Mixin;

/** A command that changes principals or policies and prints nothing. */
abstract class AdministrationChange implements Callable<Integer> {
  @Mixin private Administered keyManager = new Administered();

  abstract void apply(Administration administration) throws SecretfsException;

  @Override
  public final Integer call() throws SecretfsException {
    try (Administration administration = keyManager.open()) {
      apply(administration);
    }
    return ExitStatus.DONE;
  }
}
