package org.secretfs.keymanager;

import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Clock;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;
import org.secretfs.audit.AuditLog;
import org.secretfs.keymanager.cloudtrail.CloudTrailService;
import org.secretfs.keymanager.cloudtrail.LookupEvents;
import org.secretfs.keymanager.cloudtrail.Trails;
import org.secretfs.keymanager.identity.Identities;
import org.secretfs.keymanager.identity.Sessions;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.kms.Service;
import org.secretfs.keymanager.sigv4.SignatureVerifier;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.sts.StsService;
import org.secretfs.keymanager.trail.TrailRunner;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The part of a server that needs keys. Closing it wipes them. */
final class Unsealed implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Unsealed.class);
  private static final Duration DRAIN = Duration.ofSeconds(20);

  private final KeyStore store;
  private final SignatureVerifier verifier;
  private final Housekeeping housekeeping;
  private final Delivery delivery;
  private final Optional<TrailRunner> trail;
  private final InFlight inFlight = new InFlight();
  private final ApiEndpoint api;
  private final Optional<S3Endpoint> s3;
  private final HealthEndpoint health;
  private final Supplier<String> metrics;

  /** What goes on counting while keys come and go. */
  record Limits(RateLimiter rates, Metrics metrics) {}

  /**
   * Takes over {@code store}. Delivers no trail until {@link #deliver}.
   *
   * @param delivery outlives this
   */
  Unsealed(
      KeyManagerConfig config,
      KeyStore store,
      AuditLog log,
      Recorder recorder,
      Limits limits,
      Delivery delivery,
      Clock clock) {
    this.store = store;
    this.delivery = delivery;
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
    this.trail = delivery.runner(store.trail(), log, clock);
    Api.CloudTrail cloudTrail = cloudTrail(config, log, clock);
    this.api =
        new ApiEndpoint(
            kms,
            sts,
            cloudTrail,
            verifier,
            identities,
            recorder,
            inFlight,
            limits.rates,
            limits.metrics);
    this.s3 =
        delivery
            .s3()
            .map(service ->
                new S3Endpoint(
                    service,
                    config.accountId(),
                    verifier,
                    identities,
                    recorder,
                    inFlight,
                    limits.rates));
    this.health = new HealthEndpoint(store, recorder, trail, inFlight, config.auditDirectory());
    this.metrics = () -> limits.metrics.text(store, recorder, inFlight);
    housekeeping.start();
  }

  private Api.CloudTrail cloudTrail(KeyManagerConfig config, AuditLog log, Clock clock) {
    LookupEvents lookup =
        new LookupEvents(config.auditDirectory(), log::head, store.tokens(), System::nanoTime);
    Trails trails = new Trails(trail, store.trail(), clock);
    return new Api.CloudTrail(new CloudTrailService(trails, lookup));
  }

  /** Begins to deliver the trail, if one is configured. */
  void deliver() {
    trail.ifPresent(delivery::start);
  }

  KeyStore store() {
    return store;
  }

  void handle(ServerRequest request, ServerResponse response) {
    if (s3.isEmpty() || !s3.get().handle(request, response)) {
      api.handle(request, response);
    }
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
    trail.ifPresent(TrailRunner::close);
    verifier.close();
    store.close();
  }
}
