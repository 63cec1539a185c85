package org.secretfs.cli.luks;

import java.nio.file.Path;
import org.secretfs.cli.config.SecretfsConfig;
import picocli.CommandLine.Option;

/** Where serving processes keep their mount points. */
final class RuntimeOption {
  @Option(
      names = "--runtime-directory",
      hidden = true,
      paramLabel = "DIR",
      description = "Where serving processes keep their mount points.")
  private Path directory = SecretfsConfig.DEFAULT_FILES.runtimeDirectory();

  Path directory() {
    return directory.toAbsolutePath();
  }
}
