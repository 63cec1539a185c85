package org.secretfs.proxy;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.secretfs.nbd.server.ServerConfig;

/**
 * What a proxy was configured as.
 *
 * @param server where it listens for clients
 * @param adminSocket a Unix socket of mode 0600 that takes the owner's commands
 * @param http where metrics and health are told; a loopback address
 * @param runtimeDirectory locks that a reboot may drop
 * @param defaultExport what a client gets that names no export
 * @param drain how long clients may take to leave when the proxy ends
 * @param exports the exports of the file
 * @param settings all but the exports, in a form that is equal for equal settings
 */
public record ProxyConfig(
    ServerConfig server,
    Path adminSocket,
    Optional<InetSocketAddress> http,
    Path runtimeDirectory,
    Optional<String> defaultExport,
    Duration drain,
    List<ExportSpec> exports,
    String settings) {
  public ProxyConfig {
    exports = List.copyOf(exports);
  }
}
