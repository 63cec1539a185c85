package org.secretfs.cli.config;

import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.cli.failure.CliException;
import org.secretfs.keymanager.KeyManagerConfig;
import org.secretfs.keys.S3Settings;
import picocli.CommandLine.Option;

/** Which key manager is meant. */
public final class KeyManagerOption {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "/etc/secretfs/keymanager.yaml",
      description = "Configuration; see docs/configuration.md (default: ${DEFAULT-VALUE}).")
  private Path file = KeyManagerYaml.DEFAULT_FILE;

  /** Its configuration. */
  public KeyManagerConfig read() throws CliException {
    return KeyManagerYaml.read(file);
  }

  /** Where its audit trail goes, if not into a bucket that it serves itself. */
  public Optional<S3Settings> trailElsewhere() throws CliException {
    return KeyManagerYaml.trailElsewhere(file);
  }
}
