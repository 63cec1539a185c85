package org.secretfs.cli.seal;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.Backups;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.KeyManagerControl;
import org.secretfs.keymanager.seal.RootKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Makes a backup of the database. */
@Command(
    name = "backup",
    mixinStandardHelpOptions = true,
    description = {
      "Writes an encrypted backup of the database as it is at one moment. A server that runs makes",
      "it and serves on; without one the root key is opened here, by its seal. The backup holds the",
      "root key as it is sealed, so passphrase, shares, token or KMS open it; a root key in clear",
      "(--seal file) is not in it and must be kept elsewhere.",
    })
public final class BackupCommand implements Callable<Integer> {
  private final Output output;
  private final Input input;

  @Mixin private KeyManagerOption config = new KeyManagerOption();
  @Mixin private RootAccess present = new RootAccess();

  @Parameters(paramLabel = "FILE", description = "Where it goes; must not exist.")
  private Path file = Path.of("");

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  public BackupCommand(Output output, Input input) {
    this.output = output;
    this.input = input;
  }

  @Override
  public Integer call() throws SecretfsException, IOException {
    KeyManagerConfig read = config.read();
    long generation = make(read);
    if (json) {
      output.json(Output.object().put("file", file.toString()).put("generation", generation));
    } else {
      output.line("backup of %d changes is in %s", generation, file);
    }
    return ExitStatus.DONE;
  }

  private long make(KeyManagerConfig read) throws SecretfsException, IOException {
    KeyManagerControl control = new KeyManagerControl(read);
    if (control.isServed()) {
      return control.backup(file);
    }
    try (RootKey root = present.open(read, input)) {
      return new Backups(read, Clock.systemUTC()).make(root, file).generation();
    }
  }
}
