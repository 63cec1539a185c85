package org.secretfs.keymanager;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.function.Supplier;
import org.secretfs.audit.AuditLog;
import org.secretfs.keymanager.identity.Identities;
import org.secretfs.keymanager.identity.Sessions;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.kms.Service;
import org.secretfs.keymanager.sigv4.SignatureVerifier;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.sts.StsService;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The part of a server that needs keys. Closing it wipes them. */
final class Unsealed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Unsealed.class);
  private static final Duration DRAIN = Duration.ofSeconds(20);

  private final KeyStore store;
  private final SignatureVerifier verifier;
  private final Housekeeping housekeeping;
  private final InFlight inFlight = new InFlight();
  private final ApiEndpoint api;
  private final HealthEndpoint health;
  private final Supplier<String> metrics;

  /** What goes on counting while keys come and go. */
  record Limits(RateLimiter rates, Metrics metrics) {}

  /** Takes over {@code store}. */
  Unsealed(
      KeyManagerConfig config,
      KeyStore store,
      AuditLog log,
      Recorder recorder,
      Limits limits,
      Clock clock) {
    this.store = store;
    Arns arns = new Arns(config.accountId(), config.region());
    Sessions sessions = new Sessions(store.tokens());
    Identities identities =
        new Identities(
            store.principals(),
            sessions,
            config.accountId(),
            record -> KeyManager.append(log, record),
            clock);
    this.verifier = new SignatureVerifier(config.region(), clock, identities);
    Api.Kms kms = new Api.Kms(new Service(store, arns, clock));
    Api.Sts sts = new Api.Sts(new StsService(store.principals(), sessions, arns, clock));
    this.housekeeping = new Housekeeping(store, recorder, arns, clock);
    this.api =
        new ApiEndpoint(
            kms, sts, verifier, identities, recorder, inFlight, limits.rates, limits.metrics);
    this.health = new HealthEndpoint(store, recorder, inFlight, config.auditDirectory());
    this.metrics = () -> limits.metrics.text(store, recorder, inFlight);
    housekeeping.start();
  }

  KeyStore store() {
    return store;
  }

  void handle(ServerRequest request, ServerResponse response) {
    api.handle(request, response);
  }

  HealthEndpoint health() {
    return health;
  }

  String metrics() {
    return metrics.get();
  }

  /** Takes no more requests, and waits for those under way for up to 20 seconds. */
  void drain() {
    if (!inFlight.drain(DRAIN)) {
      LOG.warn("requests were still under way after {}", DRAIN);
    }
  }

  @Override
  public void close() {
    housekeeping.close();
    verifier.close();
    store.close();
  }
}
