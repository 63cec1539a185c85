package org.secretfs.proxy;

import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.Export;
import org.secretfs.nbd.server.ServerListener;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Counts and logs what the server does. */
final class ServerEvents implements ServerListener {
  private static final Logger LOG = LoggerFactory.getLogger(ServerEvents.class);

  private final ProxyMetrics metrics;

  ServerEvents(ProxyMetrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void connected(String peer) {
    metrics.accepted();
  }

  @Override
  public void negotiationFailed(String peer, String reason) {
    metrics.negotiationFailed();
    LOG.atInfo().addKeyValue("peer", peer).addKeyValue("reason", reason).log("no export given");
  }

  @Override
  public void entered(Export export, ClientIdentity client) {
    LOG.atInfo()
        .addKeyValue("export", export.name())
        .addKeyValue("client", Clients.label(client))
        .addKeyValue("tls", client.tls())
        .log("client uses export");
  }

  @Override
  public void left(Export export, ClientIdentity client, @Nullable String reason) {
    LOG.atInfo()
        .addKeyValue("export", export.name())
        .addKeyValue("client", Clients.label(client))
        .addKeyValue("reason", reason == null ? "disconnect" : reason)
        .log("client left export");
  }

  @Override
  public void started(Export export, Command command) {
    metricsOf(export).begun();
  }

  @Override
  public void finished(
      Export export, Command command, long lengthBytes, long nanos, @Nullable NbdError error) {
    metricsOf(export).ended(command, lengthBytes, nanos, error != null);
  }

  private static ExportMetrics metricsOf(Export export) {
    return ((ExportHold) export).metrics();
  }
}
