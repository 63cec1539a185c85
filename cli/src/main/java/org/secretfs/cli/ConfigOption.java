package org.secretfs.cli;

import java.nio.file.Path;
import java.time.Clock;
import org.secretfs.cli.config.SecretfsConfig;
import org.secretfs.cli.failure.CliException;
import picocli.CommandLine.Option;

/** The options of every command that works on configured volumes. */
final class ConfigOption {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "/etc/secretfs/secretfs.yaml",
      description = "Configuration; see docs/configuration.md (default: ${DEFAULT-VALUE}).")
  private Path file = SecretfsConfig.DEFAULT_FILE;

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  boolean json() {
    return json;
  }

  SecretfsConfig read() throws CliException {
    return SecretfsConfig.read(file, Clock.systemUTC());
  }
}
