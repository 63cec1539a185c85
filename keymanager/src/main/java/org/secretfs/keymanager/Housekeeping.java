package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyState;
import org.secretfs.keymanager.store.KeyStore;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Does what is due: deletes keys and material whose time has come, and makes new material. Recorded
 * first.
 */
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final long PERIOD_SECONDS = 60;

  private final KeyStore store;
  private final Recorder recorder;
  private final Arns arns;
  private final Clock clock;
  private final ScheduledExecutorService executor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("housekeeping").daemon().factory());

  Housekeeping(KeyStore store, Recorder recorder, Arns arns, Clock clock) {
    this.store = store;
    this.recorder = recorder;
    this.arns = arns;
    this.clock = clock;
  }

  void start() {
    var _ =
        executor.scheduleWithFixedDelay(
            this::runQuietly, PERIOD_SECONDS, PERIOD_SECONDS, TimeUnit.SECONDS);
  }

  private void runQuietly() {
    try {
      run();
    } catch (IOException | RuntimeException e) {
      LOG.error("housekeeping failed; it is tried again in a minute", e);
    }
  }

  /** Does all that is due now. */
  void run() throws IOException {
    Instant now = clock.instant();
    for (String keyId : store.dueForDeletion(now)) {
      record("DeleteKey", keyId);
      store.deleteIfDue(keyId, now);
    }
    for (String keyId : store.dueForExpiry(now)) {
      record("DeleteExpiredKeyMaterial", keyId);
      store.deleteMaterialIfExpired(keyId, now);
    }
    for (String keyId : store.dueForRotation(now)) {
      record("RotateKey", keyId);
      rotate(keyId, now);
    }
  }

  private void rotate(String keyId, Instant now) throws IOException {
    try {
      var _ = store.rotate(keyId, now, false, key -> rotated(key, now));
    } catch (NotDue e) {
      LOG.info("key {} was changed just before it was to be rotated: it stays as it is", keyId);
    }
  }

  private static KeyRecord rotated(KeyRecord key, Instant now) throws NotDue {
    Instant due = key.nextRotation();
    Integer days = key.rotationDays();
    if (key.state() != KeyState.Enabled || due == null || days == null || now.isBefore(due)) {
      throw new NotDue();
    }
    return key.withRotation(days, now.plus(Duration.ofDays(days)));
  }

  /** Somebody changed the key since it was found to be due. */
  private static final class NotDue extends Exception {
    private static final long serialVersionUID = 1L;
  }

  private void record(String name, String keyId) throws IOException {
    recorder.recordOwn(name, JsonNodeFactory.instance.objectNode().put("keyId", arns.key(keyId)));
  }

  @Override
  public void close() {
    executor.close();
  }
}
