package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditLog;
import org.secretfs.audit.AuditTrail;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyState;
import org.secretfs.keymanager.store.KeyStore;

/** What the key manager does by itself when its time has come. */
class HousekeepingTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final String ID = "01234567-89ab-cdef-0123-456789abcdef";

  @TempDir private Path directory;

  private List<String> runAt(Instant now, KeyStore store) throws Exception {
    return runWith(Clock.fixed(now, ZoneOffset.UTC), store);
  }

  private List<String> runWith(Clock clock, KeyStore store) throws Exception {
    Arns arns = new Arns("000000000000", "us-east-1");
    Path audit = directory.resolve("audit");
    try (AuditLog log = AuditLog.open(audit, clock);
        Housekeeping housekeeping =
            new Housekeeping(store, new Recorder(log, arns, clock), arns, clock)) {
      housekeeping.run();
    }
    List<String> names = new ArrayList<>();
    assertThat(AuditTrail.read(audit, e -> names.add(e.event().eventName())).isIntact()).isTrue();
    return names;
  }

  private KeyStore store(KeyRecord key) throws Exception {
    KeyManagerConfig config = KeyManagerConfig.below(directory);
    KeyManager.init(config, Clock.fixed(NOW, ZoneOffset.UTC));
    KeyStore store = KeyStore.open(KeyManager.files(config));
    store.createKey(key, Map.of());
    return store;
  }

  @Test
  void run_deletionDue_deletesAndRecords() throws Exception {
    Instant due = NOW.plus(Duration.ofDays(7));
    KeyRecord key = KeyRecord.enabled(ID, "", "{}", NOW).withDeletion(due, 7);
    try (KeyStore store = store(key)) {
      assertThat(runAt(due.minusMillis(1), store)).isEmpty();
      assertThat(store.find(ID)).isPresent();
      assertThat(runAt(due, store)).containsExactly("DeleteKey");
      assertThat(store.find(ID)).isEmpty();
      assertThat(store.withMaterial(ID, 1, material -> true)).isEmpty();
    }
  }

  @Test
  void run_rotationDue_makesNewMaterialAndSetsTheNextDate() throws Exception {
    Instant due = NOW.plus(Duration.ofDays(90));
    KeyRecord key = KeyRecord.enabled(ID, "", "{}", NOW).withRotation(90, due);
    try (KeyStore store = store(key)) {
      assertThat(runAt(due, store)).containsExactly("RotateKey");
      KeyRecord rotated = store.find(ID).orElseThrow();
      assertThat(rotated.currentVersion()).isEqualTo(2);
      assertThat(rotated.nextRotation()).isEqualTo(due.plus(Duration.ofDays(90)));
      assertThat(store.withMaterial(ID, 1, material -> true)).isPresent();
    }
  }

  /** A clock that has somebody else do something when the record of what is due is written. */
  private static final class Interfering extends Clock {
    private final Instant now;
    private final Callable<?> deed;
    private int asked;

    Interfering(Instant now, Callable<?> deed) {
      this.now = now;
      this.deed = deed;
    }

    @Override
    public Instant instant() {
      if (++asked == 2) {
        try {
          deed.call();
        } catch (Exception e) {
          throw new AssertionError(e);
        }
      }
      return now;
    }

    @Override
    public ZoneOffset getZone() {
      return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
      return this;
    }
  }

  @Test
  void run_keyDisabledJustBeforeItsRotation_keepsItsMaterial() throws Exception {
    Instant due = NOW.plus(Duration.ofDays(90));
    KeyRecord key = KeyRecord.enabled(ID, "", "{}", NOW).withRotation(90, due);
    try (KeyStore store = store(key)) {
      Clock clock =
          new Interfering(
              due, () -> store.change(ID, present -> present.withState(KeyState.Disabled)));

      var _ = runWith(clock, store);

      KeyRecord left = store.find(ID).orElseThrow();
      assertThat(left.state()).isEqualTo(KeyState.Disabled);
      assertThat(left.currentVersion()).isEqualTo(1);
    }
  }
}
