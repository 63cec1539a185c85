package org.secretfs.keymanager.trail;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.secretfs.audit.AuditLog;
import org.secretfs.audit.delivery.TrailDelivery;
import org.secretfs.audit.delivery.TrailNames;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Delivers the trail in the background. Requests never wait for it and never fail because of it:
 * their records are durable in the audit log, and delivered when that works again.
 */
public final class TrailRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(TrailRunner.class);
  private static final long CLOSE_SECONDS = 10;

  private final TrailNames names;
  private final TrailDelivery delivery;
  private final AuditLog log;
  private final Clock clock;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("trail").daemon().factory());

  /** What the last pass came to. */
  private record Pass(long delivered, Optional<Instant> good, Optional<String> error) {}

  private volatile Pass last = new Pass(0, Optional.empty(), Optional.empty());

  /** One that does nothing yet. */
  public TrailRunner(TrailNames names, TrailDelivery delivery, AuditLog log, Clock clock) {
    this.names = names;
    this.delivery = delivery;
    this.log = log;
    this.clock = clock;
  }

  /** Delivers now, and again so long after each end. */
  public void start(Duration period) {
    var _ =
        executor.scheduleWithFixedDelay(
            this::runQuietly, 0, period.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void runQuietly() {
    try {
      long delivered = delivery.run();
      last = new Pass(delivered, Optional.of(clock.instant()), Optional.empty());
    } catch (IOException | RuntimeException e) {
      LOG.error("the audit trail was not delivered; it is tried again", e);
      last = new Pass(last.delivered(), last.good(), Optional.of(String.valueOf(e.getMessage())));
    }
  }

  /** What its files are called. */
  public TrailNames names() {
    return names;
  }

  /** How it goes. */
  public TrailStatus status() {
    Pass pass = last;
    long undelivered = Math.max(0, log.head().sequence() - pass.delivered());
    return new TrailStatus(undelivered, pass.good(), pass.error());
  }

  /** Ends after the file under way, or after ten seconds. What is left is delivered later. */
  @Override
  public void close() {
    delivery.stop();
    // Without interrupting: that would close files of the store.
    executor.shutdown();
    try {
      if (!executor.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("the delivery of the audit trail was still under way");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
