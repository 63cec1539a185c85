package org.secretfs.proxy;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.failure.SecretfsException;
import org.secretfs.metrics.MonitorEndpoint;
import org.secretfs.metrics.PrometheusText;
import org.secretfs.nbd.server.NbdServer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running proxy. Whoever started it closes it. */
public final class ProxyServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ProxyServer.class);

  /** How long a client may take to disconnect that was told that the server shuts down. */
  private static final Duration GOODBYE = Duration.ofSeconds(2);

  private final ProxyConfig config;
  private final ProxyAudit audit;
  private final ExportRegistry registry;
  private final Administration administration;
  private final ProxyMetrics metrics = new ProxyMetrics();
  private volatile boolean serving;
  private volatile @Nullable NbdServer server;
  private Optional<InetSocketAddress> httpAddress = Optional.empty();

  /** What is to be closed, last opened first. */
  private final Deque<AutoCloseable> open = new ArrayDeque<>();

  private ProxyServer(
      ProxyConfig config, ConfigSource source, Backings backings, ProxyAudit audit, Clock clock) {
    this.config = config;
    this.audit = audit;
    this.registry =
        new ExportRegistry(backings, audit, clock, config.defaultExport(), this::cutOff);
    this.administration = new Administration(registry, source, config);
  }

  /**
   * Starts a proxy; clients are answered when this returns. An export that is to be open from the
   * start and cannot be is reported in the log and in the list of exports, and keeps no other from
   * being served.
   *
   * @param source reads the configuration again at a reload
   * @param audit not open yet; closed with the proxy
   * @throws ProxyException if the audit trail, a socket or a port cannot be used
   */
  public static ProxyServer start(
      ProxyConfig config, ConfigSource source, Backings backings, ProxyAudit audit, Clock clock)
      throws SecretfsException {
    ProxyServer server = new ProxyServer(config, source, backings, audit, clock);
    boolean started = false;
    try {
      server.open();
      started = true;
      return server;
    } finally {
      if (!started) {
        server.closeAll();
      }
    }
  }

  private void open() throws SecretfsException {
    audit.open();
    open.push(audit);
    open.push(AdminServer.start(config.adminSocket(), administration::handle));
    open.push(() -> registry.shutDown(config.drain()));
    if (config.http().isPresent()) {
      MonitorEndpoint http = health(config.http().get());
      open.push(http);
      httpAddress = Optional.of(http.address());
    }
    administration.start(config.exports());
    NbdServer listening = listen();
    server = listening;
    open.push(() -> listening.drain(GOODBYE));
    serving = true;
  }

  private void cutOff(String export) {
    NbdServer listening = server;
    if (listening != null) {
      listening.drain(export, GOODBYE);
    }
  }

  private NbdServer listen() throws ProxyException {
    try {
      return NbdServer.start(config.server(), registry, new ServerEvents(metrics));
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.PROXY_UNAVAILABLE, "cannot listen for clients: " + e.getMessage(), e);
    }
  }

  private MonitorEndpoint health(InetSocketAddress address) throws ProxyException {
    try {
      return MonitorEndpoint.start(
          address,
          () ->
              new MonitorEndpoint.Answer(
                  true, PrometheusText.CONTENT_TYPE, metrics.text(registry.all())),
          () ->
              MonitorEndpoint.Answer.json(
                  audit.isHealthy(),
                  "{\"status\":\"%s\",\"audit\":%s}"
                      .formatted(audit.isHealthy() ? "ok" : "failing", audit.isHealthy())),
          this::readiness);
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.PROXY_UNAVAILABLE,
          "http address %s: cannot listen: %s".formatted(address, e.getMessage()),
          e);
    }
  }

  /** Ready to take clients; a single export that is suspended is no reason to say no. */
  private MonitorEndpoint.Answer readiness() {
    long usable =
        registry.all().stream()
            .filter(e -> e.state() == ExportState.OPEN || e.state() == ExportState.CLOSED)
            .count();
    boolean ready = serving && audit.isHealthy();
    return MonitorEndpoint.Answer.json(
        ready,
        "{\"ready\":%s,\"exports\":%d,\"usable\":%d}"
            .formatted(ready, registry.all().size(), usable));
  }

  /** Where metrics and health are told. */
  public Optional<InetSocketAddress> httpAddress() {
    return httpAddress;
  }

  /** Makes the exports what the configuration file now says. */
  public void reload() throws SecretfsException {
    LOG.info("reloaded: {}", administration.handle(AdminRequest.of(AdminRequest.Verb.RELOAD)));
  }

  /**
   * Refuses new requests, lets those under way end, flushes, and wipes all keys. Further calls do
   * nothing.
   */
  @Override
  public void close() {
    serving = false;
    registry.shutDown(config.drain());
    closeAll();
  }

  private synchronized void closeAll() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        LOG.error("a part of the proxy did not close", e);
      }
    }
  }
}
