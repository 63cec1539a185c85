package org.secretfs.cli.config;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.Optional;
import org.secretfs.cli.failure.CliException.WrongConfiguration;

/** Reads {@code http}: where a server tells its metrics and its health. */
final class MonitorAddress {
  private MonitorAddress() {}

  static Optional<InetSocketAddress> read(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("http");
    if (node.isEmpty()) {
      return Optional.empty();
    }
    ListenConfig.HostPort where = ListenConfig.hostPort(node.get());
    try {
      InetAddress address = InetAddress.getByName(where.host());
      if (!address.isLoopbackAddress()) {
        throw node.get().wrong("is not a loopback address; metrics name exports and clients");
      }
      return Optional.of(new InetSocketAddress(address, where.port()));
    } catch (UnknownHostException e) {
      throw node.get().wrong("names a host that is not known");
    }
  }
}
