package org.secretfs.keymanager;

import io.helidon.http.DirectHandler;
import io.helidon.webserver.WebServer;
import io.helidon.webserver.WebServerConfig;
import io.helidon.webserver.http.DirectHandlers;
import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.time.Clock;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditLog;
import org.secretfs.audit.delivery.TrailDestination;
import org.secretfs.crypto.CryptoException.UnusableFile;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.seal.ParentKms;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.tls.ServerTls;
import org.secretfs.metrics.MonitorEndpoint;
import org.secretfs.metrics.PrometheusText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running key manager. Whoever started it closes it. */
public final class KeyManagerServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyManagerServer.class);

  private final KeyManagerConfig config;
  private final ParentKms.Factory kms;
  private final Clock clock;
  private @Nullable Vault vault;

  /** What is to be closed, last opened first. */
  private final Deque<Closing> open = new ArrayDeque<>();

  private int port;
  private Optional<ServerTls> tls = Optional.empty();
  private Optional<InetSocketAddress> monitor = Optional.empty();

  @FunctionalInterface
  private interface Closing {
    void close() throws IOException;
  }

  private KeyManagerServer(KeyManagerConfig config, ParentKms.Factory kms, Clock clock) {
    this.config = config;
    this.kms = kms;
    this.clock = clock;
  }

  /**
   * Starts a server on a state that {@link KeyManager#init} made. Answers when this returns.
   *
   * @param clock tells the time for signatures and records
   * @throws KeyManagerException if the state is not usable, the port is taken, or plain HTTP was
   *     asked for on an address that is not loopback
   */
  public static KeyManagerServer start(KeyManagerConfig config, Clock clock)
      throws KeyManagerException {
    return start(config, ParentKms.Factory.NONE, clock);
  }

  /**
   * The same, with a way to another KMS that may seal the root key. Where people must unseal it, or
   * its seal does not answer, the server starts sealed and refuses requests until {@link
   * KeyManagerControl} unseals it.
   */
  public static KeyManagerServer start(KeyManagerConfig config, ParentKms.Factory kms, Clock clock)
      throws KeyManagerException {
    return start(config, kms, Optional.empty(), clock);
  }

  /**
   * The same, with a trail that goes elsewhere than to a bucket served here.
   *
   * @param trailDestination where it goes; closed with the server, or now if this fails
   */
  public static KeyManagerServer start(
      KeyManagerConfig config,
      ParentKms.Factory kms,
      Optional<TrailDestination> trailDestination,
      Clock clock)
      throws KeyManagerException {
    KeyManagerServer server = new KeyManagerServer(config, kms, clock);
    boolean started = false;
    try {
      server.open(trailDestination);
      started = true;
      return server;
    } finally {
      if (!started) {
        server.closeAll();
      }
    }
  }

  private void open(Optional<TrailDestination> trailDestination) throws KeyManagerException {
    trailDestination.ifPresent(destination -> open.push(destination::close));
    InetAddress address = address();
    KeyStore.root(KeyManager.files(config)).close();
    open.push(ServerLock.take(config.stateDirectory())::close);
    AuditLog log = openLog();
    open.push(log::close);
    Recorder recorder = new Recorder(log, new Arns(config.accountId(), config.region()), clock);
    Delivery delivery = Delivery.open(config, trailDestination);
    Vault made = new Vault(config, kms, log, recorder, delivery, clock);
    vault = made;
    open.push(made::close);
    made.start();
    AdminCommands commands = new AdminCommands(made);
    open.push(AdminSocket.start(AdminSocket.in(config.stateDirectory()), commands)::close);
    openTls();
    openMonitor(made, made::metrics);
    WebServer web = listen(address, made, recorder);
    open.push(web::stop);
    port = web.port();
  }

  private void openTls() throws KeyManagerException {
    if (config.server().tls().isPresent()) {
      try {
        ServerTls opened = ServerTls.start(config.server().tls().get());
        open.push(opened::close);
        tls = Optional.of(opened);
      } catch (UnusableFile e) {
        throw unusable(e);
      }
    }
  }

  private static KeyManagerException unusable(UnusableFile cause) {
    return new KeyManagerException.Configuration("tls: " + cause.getMessage());
  }

  private void openMonitor(Vault health, Supplier<String> metrics) throws KeyManagerException {
    if (config.server().monitor().isPresent()) {
      InetSocketAddress address = config.server().monitor().get();
      try {
        MonitorEndpoint opened =
            MonitorEndpoint.start(
                address,
                () -> new MonitorEndpoint.Answer(true, PrometheusText.CONTENT_TYPE, metrics.get()),
                health::health,
                health::ready);
        open.push(opened::close);
        monitor = Optional.of(opened.address());
      } catch (IOException e) {
        throw new KeyManagerException.Unavailable(
            "metrics address %s: cannot listen".formatted(address), e);
      }
    }
  }

  /**
   * Reads the certificate files again, as happens by itself when they change; without TLS does
   * nothing. Open connections stay.
   *
   * @throws KeyManagerException if they cannot be used; what was read before stays in force
   */
  public void reload() throws KeyManagerException {
    if (tls.isPresent()) {
      try {
        tls.get().reload();
      } catch (UnusableFile e) {
        throw unusable(e);
      }
    }
  }

  private InetAddress address() throws KeyManagerException {
    try {
      InetAddress address = InetAddress.getByName(config.listenHost());
      boolean clear = config.server().tls().isEmpty() && !config.insecureListen();
      if (!address.isLoopbackAddress() && clear) {
        throw new KeyManagerException.Configuration(
            "listen address %s: plain HTTP is for loopback addresses only"
                .formatted(config.listenHost()));
      }
      return address;
    } catch (UnknownHostException e) {
      throw new KeyManagerException.Unavailable(
          "listen address %s: is not known".formatted(config.listenHost()), e);
    }
  }

  private AuditLog openLog() throws KeyManagerException {
    try {
      return AuditLog.open(config.auditDirectory(), clock);
    } catch (AuditException e) {
      throw new KeyManagerException.Audit(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "audit log %s: cannot be opened".formatted(config.auditDirectory()), e);
    }
  }

  private WebServer listen(InetAddress address, Vault vault, Recorder recorder)
      throws KeyManagerException {
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .get("/healthz", vault::health)
            .get("/readyz", vault::ready)
            .any(vault);
    DirectHandlers.Builder direct = DirectHandlers.builder();
    for (DirectHandler.EventType type : DirectHandler.EventType.values()) {
      direct.addHandler(type, new RefusedTransport(recorder));
    }
    try {
      WebServerConfig.Builder web = WebServer.builder();
      tls.ifPresent(files -> web.tls(files.forServer()));
      return web.shutdownHook(false)
          .address(address)
          .port(config.listenPort())
          .backlog(1024)
          .directHandlers(direct.build())
          .addRouting(routing)
          .build()
          .start();
    } catch (RuntimeException e) {
      throw new KeyManagerException.Unavailable(
          "%s port %d: cannot listen".formatted(config.listenHost(), config.listenPort()), e);
    }
  }

  /** Where metrics and health are told. */
  public Optional<InetSocketAddress> monitorAddress() {
    return monitor;
  }

  /** The port it listens on. */
  public int port() {
    return port;
  }

  /**
   * Refuses new requests, answers those under way, for up to 20 seconds, and closes the store and
   * the audit log. Further calls do nothing.
   */
  @Override
  public void close() {
    if (vault != null) {
      vault.drain();
    }
    closeAll();
  }

  private void closeAll() {
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (IOException | RuntimeException e) {
        LOG.error("a part of the server did not close", e);
      }
    }
  }
}
