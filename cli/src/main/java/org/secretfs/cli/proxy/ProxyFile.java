package org.secretfs.cli.proxy;

import java.nio.file.Path;
import org.secretfs.cli.config.ProxyYaml;
import picocli.CommandLine.Option;

/** Which proxy is meant. */
final class ProxyFile {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      defaultValue = "/etc/secretfs/proxy.yaml",
      description = "Configuration; see docs/proxy.md (default: ${DEFAULT-VALUE}).")
  private Path file = ProxyYaml.DEFAULT_FILE;

  Path path() {
    return file;
  }
}
