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
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.function.Supplier;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditLog;
import org.secretfs.crypto.CryptoException.UnusableFile;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.identity.Identities;
import org.secretfs.keymanager.identity.Sessions;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.kms.Service;
import org.secretfs.keymanager.sigv4.SignatureVerifier;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.sts.StsService;
import org.secretfs.keymanager.tls.ServerTls;
import org.secretfs.metrics.MonitorEndpoint;
import org.secretfs.metrics.PrometheusText;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A running key manager. Whoever started it closes it. */
public final class KeyManagerServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(KeyManagerServer.class);
  private static final Duration DRAIN = Duration.ofSeconds(20);

  private final KeyManagerConfig config;
  private final Clock clock;
  private final InFlight inFlight = new InFlight();

  /** What is to be closed, last opened first. */
  private final Deque<Closing> open = new ArrayDeque<>();

  private int port;
  private Optional<ServerTls> tls = Optional.empty();
  private Optional<InetSocketAddress> monitor = Optional.empty();

  @FunctionalInterface
  private interface Closing {
    void close() throws IOException;
  }

  private KeyManagerServer(KeyManagerConfig config, Clock clock) {
    this.config = config;
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
    KeyManagerServer server = new KeyManagerServer(config, clock);
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

  private void open() throws KeyManagerException {
    InetAddress address = address();
    KeyStore store = KeyStore.open(KeyManager.files(config));
    open.push(store::close);
    open.push(ServerLock.take(config.stateDirectory())::close);
    AuditLog log = openLog();
    open.push(log::close);
    Arns arns = new Arns(config.accountId(), config.region());
    Recorder recorder = new Recorder(log, arns, clock);
    Sessions sessions = new Sessions(store.tokens());
    Identities identities =
        new Identities(
            store.principals(),
            sessions,
            config.accountId(),
            record -> KeyManager.append(log, record),
            clock);
    SignatureVerifier verifier = new SignatureVerifier(config.region(), clock, identities);
    open.push(verifier::close);
    Api.Kms kms = new Api.Kms(new Service(store, arns, clock));
    Api.Sts sts = new Api.Sts(new StsService(store.principals(), sessions, arns, clock));
    Housekeeping housekeeping = new Housekeeping(store, recorder, arns, clock);
    open.push(housekeeping::close);
    Metrics metrics = new Metrics();
    RateLimiter rates = new RateLimiter(config.server().rates(), System::nanoTime);
    HealthEndpoint health = new HealthEndpoint(store, recorder, inFlight, config.auditDirectory());
    openTls();
    openMonitor(health, () -> metrics.text(store, recorder, inFlight));
    WebServer web =
        listen(
            address,
            new ApiEndpoint(kms, sts, verifier, identities, recorder, inFlight, rates, metrics),
            health,
            recorder);
    open.push(web::stop);
    port = web.port();
    housekeeping.start();
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

  private void openMonitor(HealthEndpoint health, Supplier<String> metrics)
      throws KeyManagerException {
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

  private WebServer listen(
      InetAddress address, ApiEndpoint apis, HealthEndpoint health, Recorder recorder)
      throws KeyManagerException {
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .get("/healthz", health::health)
            .get("/readyz", health::ready)
            .any(apis);
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
    if (!inFlight.drain(DRAIN)) {
      LOG.warn("requests were still under way after {}", DRAIN);
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
