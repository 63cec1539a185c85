package org.secretfs.cli.seal;

import java.io.IOException;
import java.time.Clock;
import java.util.concurrent.Callable;
import org.secretfs.cli.config.KeyManagerOption;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.KeyManager;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keymanager.seal.RootKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Puts the root key under another seal. */
@Command(
    name = "rewrap",
    mixinStandardHelpOptions = true,
    description = {
      "Makes a new root key, kept by the seal that --to names, and puts the database's keys under",
      "it; the former root key, its passphrase, shares and recovery shares open nothing any more.",
      "A server that runs goes on. Opens the former root key by its seal: asks, or takes",
      "--passphrase-file and --share-file.",
      "Backups from before need the former seal: make a new one afterwards.",
    })
public final class RewrapCommand implements Callable<Integer> {
  private final Output output;
  private final Input input;

  @Mixin private KeyManagerOption config = new KeyManagerOption();
  @Mixin private RootAccess present = new RootAccess();
  @Mixin private NewSealOptions wanted = new NewSealOptions();

  public RewrapCommand(Output output, Input input) {
    this.output = output;
    this.input = input;
  }

  @Override
  public Integer call() throws SecretfsException, IOException {
    KeyManagerConfig read = config.read();
    try (NewSeal seal = wanted.prepare(input);
        RootKey former = present.open(read, input)) {
      KeyManager.rewrap(read, former, seal, Clock.systemUTC());
      output.line("root key is sealed by %s", seal.kind());
    }
    return ExitStatus.DONE;
  }
}
