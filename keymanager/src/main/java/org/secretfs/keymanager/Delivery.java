package org.secretfs.keymanager;

import java.io.IOException;
import java.time.Clock;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditLog;
import org.secretfs.audit.delivery.TrailDelivery;
import org.secretfs.audit.delivery.TrailDestination;
import org.secretfs.audit.delivery.TrailNames;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.identity.AccessKeys;
import org.secretfs.keymanager.s3.BucketDirectory;
import org.secretfs.keymanager.s3.BucketSettings;
import org.secretfs.keymanager.s3.S3Service;
import org.secretfs.keymanager.store.TrailStore;
import org.secretfs.keymanager.trail.TrailRunner;
import org.secretfs.keymanager.trail.TrailSettings;
import org.secretfs.keymanager.trail.TrailSigner;

/**
 * The buckets and the trail that a configuration asks for. They are the same however often the
 * server is sealed and unsealed; what delivers is made anew each time, since it needs keys.
 */
final class Delivery {
  private final KeyManagerConfig config;
  private final Map<String, BucketDirectory> buckets = new TreeMap<>();
  private final Optional<TrailDestination> elsewhere;
  private Optional<Trail> trail = Optional.empty();

  private record Trail(TrailSettings settings, TrailNames names, TrailDestination destination) {}

  private Delivery(KeyManagerConfig config, Optional<TrailDestination> elsewhere) {
    this.config = config;
    this.elsewhere = elsewhere;
  }

  /**
   * Makes the buckets that are missing; delivers nothing yet.
   *
   * @param elsewhere where the trail goes, if not into one of these buckets
   */
  static Delivery open(KeyManagerConfig config, Optional<TrailDestination> elsewhere)
      throws KeyManagerException {
    Delivery delivery = new Delivery(config, elsewhere);
    delivery.makeBuckets();
    if (config.delivery().trail().isPresent()) {
      TrailSettings settings = config.delivery().trail().get();
      TrailNames names = delivery.names(settings);
      delivery.trail = Optional.of(new Trail(settings, names, delivery.destination(names)));
    }
    return delivery;
  }

  private void makeBuckets() throws KeyManagerException {
    Optional<BucketSettings> settings = config.delivery().buckets();
    if (settings.isEmpty()) {
      return;
    }
    for (String bucket : settings.get().buckets()) {
      try {
        buckets.put(bucket, BucketDirectory.make(settings.get().directory().resolve(bucket)));
      } catch (IOException e) {
        throw new KeyManagerException.Unavailable(
            "bucket %s in %s: cannot be made or read".formatted(bucket, settings.get().directory()),
            e);
      }
    }
  }

  private TrailNames names(TrailSettings settings) throws KeyManagerException {
    try {
      return new TrailNames(
          config.accountId(),
          config.region(),
          settings.name(),
          settings.bucket(),
          settings.prefix());
    } catch (IllegalArgumentException e) {
      throw new KeyManagerException.Configuration(String.valueOf(e.getMessage()));
    }
  }

  private TrailDestination destination(TrailNames names) throws KeyManagerException {
    @Nullable TrailDestination bucket = elsewhere.orElse(buckets.get(names.bucket()));
    if (bucket == null) {
      throw new KeyManagerException.Configuration(
          "trail bucket \"%s\": is none of the buckets that are configured"
              .formatted(names.bucket()));
    }
    return bucket;
  }

  /** What delivers the trail, if one is configured; does nothing yet, and the caller closes it. */
  Optional<TrailRunner> runner(TrailStore store, AuditLog log, Clock clock) {
    return trail.map(configured -> runner(configured, store, log, clock));
  }

  private TrailRunner runner(Trail configured, TrailStore store, AuditLog log, Clock clock) {
    TrailSettings settings = configured.settings();
    TrailDelivery delivery =
        new TrailDelivery(
            new TrailDelivery.Source(config.auditDirectory(), log::head),
            configured.names(),
            configured.destination(),
            new TrailSigner(store, settings.keyLifetime()),
            store,
            settings.digestPeriod(),
            () -> AccessKeys.newId(""),
            clock);
    return new TrailRunner(configured.names(), delivery, log, clock);
  }

  /** Serves the buckets, if there are any. */
  Optional<S3Service> s3() {
    if (buckets.isEmpty()) {
      return Optional.empty();
    }
    S3Service.WriteProtected kept =
        trail
            .map(Trail::names)
            .map(names -> new S3Service.WriteProtected(names.bucket(), names.root()))
            .orElse(S3Service.WriteProtected.NONE);
    return Optional.of(new S3Service(buckets, config.accountId(), config.region(), kept));
  }

  /** Lets a runner deliver, as often as is configured. */
  void start(TrailRunner runner) {
    trail.ifPresent(configured -> runner.start(configured.settings().logPeriod()));
  }
}
