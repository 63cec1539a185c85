package org.secretfs.cli.proxy;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.config.ProxyYaml;
import org.secretfs.failure.SecretfsException;
import org.secretfs.proxy.AdminClient;
import org.secretfs.proxy.AdminRequest;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The options of every command to a proxy that runs. */
final class AdminOptions {
  @Mixin private ProxyFile config = new ProxyFile();

  @Option(
      names = "--socket",
      paramLabel = "PATH",
      description = "The proxy's admin socket (default: the one that the configuration names).")
  private @Nullable Path socket;

  @Option(names = "--json", description = "Print facts as one JSON document.")
  private boolean json;

  boolean json() {
    return json;
  }

  JsonNode send(AdminRequest request) throws SecretfsException {
    Path chosen = socket;
    return new AdminClient(chosen == null ? ProxyYaml.adminSocket(config.path()) : chosen)
        .send(request);
  }
}
