package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderNames;
import io.helidon.http.Status;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditLog;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.seal.ParentKms;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.SealedRoot;
import org.secretfs.keymanager.seal.Unsealing;
import org.secretfs.keymanager.store.BackupHeader;
import org.secretfs.keymanager.store.KeptRoot;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.metrics.MonitorEndpoint.Answer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Has the server's keys in memory, or not: sealed, it refuses every request. Unsealing and sealing
 * are recorded; requests that find it sealed are not, since whoever sends them was not asked who
 * they are.
 */
final class Vault implements Handler, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Vault.class);

  private final KeyManagerConfig config;
  private final ParentKms.Factory kms;
  private final AuditLog log;
  private final Recorder recorder;
  private final Delivery delivery;
  private final Clock clock;
  private final Unsealed.Limits limits;

  private final ReentrantLock lock = new ReentrantLock();
  private volatile @Nullable Unsealed unsealed;
  private @Nullable Unsealing unsealing;
  private String rootId = "";

  Vault(
      KeyManagerConfig config,
      ParentKms.Factory kms,
      AuditLog log,
      Recorder recorder,
      Delivery delivery,
      Clock clock) {
    this.config = config;
    this.kms = kms;
    this.log = log;
    this.recorder = recorder;
    this.delivery = delivery;
    this.clock = clock;
    this.limits =
        new Unsealed.Limits(
            new RateLimiter(config.server().rates(), System::nanoTime), new Metrics());
  }

  /**
   * Unseals by itself if that needs nobody, at the server's start. A seal that does not answer
   * leaves it sealed: people may have recovery shares.
   *
   * @throws KeyManagerException if the store cannot be used whatever the seal says
   */
  void start() throws KeyManagerException {
    lock.lock();
    try (KeptRoot kept = KeyStore.root(KeyManager.files(config))) {
      if (kept.clear().isPresent()) {
        open(kept.clear().get(), List.of("file"));
        return;
      }
      try {
        attempt(kept.sealed().orElseThrow());
      } catch (KeyManagerException e) {
        LOG.warn("the root key stays sealed", e);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Asks the seals that need nobody, once more; returns whether it is unsealed. */
  boolean attempt() throws KeyManagerException {
    lock.lock();
    try (KeptRoot kept = KeyStore.root(KeyManager.files(config))) {
      if (unsealed == null && kept.clear().isPresent()) {
        open(kept.clear().get(), List.of("file"));
      } else if (unsealed == null) {
        attempt(kept.sealed().orElseThrow());
      }
      return unsealed != null;
    } finally {
      lock.unlock();
    }
  }

  private void attempt(SealedRoot root) throws KeyManagerException {
    Optional<RootKey> found = unsealing(root).unattended();
    if (found.isPresent()) {
      try (RootKey key = found.get()) {
        open(key, root.kinds());
      }
    }
  }

  /** What is entered so far, unless the root key was rewrapped since. */
  private Unsealing unsealing(SealedRoot root) throws KeyManagerException {
    Unsealing present = unsealing;
    if (present == null || !rootId.equals(root.rootId())) {
      forget();
      present = new Unsealing(root, kms);
      unsealing = present;
      rootId = root.rootId();
    }
    return present;
  }

  /**
   * Takes what somebody entered.
   *
   * @throws KeyManagerException.Unseal if it is wrong
   */
  void offer(SecretBuffer entry) throws KeyManagerException {
    lock.lock();
    try (KeptRoot kept = KeyStore.root(KeyManager.files(config))) {
      if (unsealed != null) {
        return;
      }
      SealedRoot root =
          kept.sealed()
              .orElseThrow(() ->
                  new KeyManagerException.Unseal("the root key is in a file and takes no entry"));
      Optional<RootKey> found = unsealing(root).offer(entry);
      if (found.isPresent()) {
        try (RootKey key = found.get()) {
          open(key, root.kinds());
        }
      }
    } catch (KeyManagerException.Unseal e) {
      record("RefuseUnseal", details().put("reason", e.getMessage()));
      throw e;
    } finally {
      lock.unlock();
    }
  }

  private void open(RootKey root, List<String> kinds) throws KeyManagerException {
    KeyStore store = KeyStore.open(KeyManager.files(config), root);
    Unsealed opened = new Unsealed(config, store, log, recorder, limits, delivery, clock);
    boolean done = false;
    try {
      record("Unseal", details().put("seals", String.join(",", kinds)));
      unsealed = opened;
      opened.deliver();
      done = true;
    } finally {
      if (!done) {
        opened.close();
      }
    }
    forget();
  }

  /** Wipes the keys; requests under way are answered first. */
  void seal() throws KeyManagerException {
    lock.lock();
    try {
      if (unsealed != null) {
        closeUnsealed();
        record("Seal", details());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Wipes what was entered so far. */
  void forget() {
    lock.lock();
    try {
      if (unsealing != null) {
        unsealing.close();
        unsealing = null;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Whether it is sealed, and how far unsealing is. */
  ObjectNode status() throws KeyManagerException {
    lock.lock();
    try (KeptRoot kept = KeyStore.root(KeyManager.files(config))) {
      ObjectNode status = details().put("sealed", unsealed == null);
      var seals = status.putArray("seals");
      if (kept.sealed().isEmpty()) {
        seals.addObject().put("kind", "file").put("recovery", false).put("needed", 0);
        return status;
      }
      for (Unsealing.Progress seal : progress(kept.sealed().get())) {
        seals
            .addObject()
            .put("kind", seal.kind())
            .put("recovery", seal.recovery())
            .put("needed", seal.needed())
            .put("missing", unsealed == null ? seal.missing() : 0);
      }
      return status;
    } finally {
      lock.unlock();
    }
  }

  private List<Unsealing.Progress> progress(SealedRoot root) throws KeyManagerException {
    if (unsealed == null) {
      return unsealing(root).progress();
    }
    try (Unsealing fresh = new Unsealing(root, kms)) {
      return fresh.progress();
    }
  }

  /** Writes a backup while requests go on; the keys stay until it is done. */
  BackupHeader backup(Path target) throws KeyManagerException {
    lock.lock();
    try {
      Unsealed present = unsealed;
      if (present == null) {
        throw new KeyManagerException.Sealed("the key manager is sealed: it makes no backup");
      }
      BackupHeader made = present.store().backup(target, log.head(), clock.instant());
      record("Backup", details().put("generation", made.generation()));
      return made;
    } finally {
      lock.unlock();
    }
  }

  private static ObjectNode details() {
    return JsonNodeFactory.instance.objectNode();
  }

  private void record(String name, ObjectNode details) throws KeyManagerException {
    try {
      recorder.recordOwn(name, details);
    } catch (IOException e) {
      throw new KeyManagerException.Audit("%s cannot be recorded".formatted(name), e);
    }
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) {
    Unsealed present = unsealed;
    if (present == null) {
      refuse(response);
    } else {
      present.handle(request, response);
    }
  }

  /** The body of a request that is refused unread must not be taken for the next request. */
  private static void refuse(ServerResponse response) {
    ObjectNode body =
        details()
            .put("__type", KmsErrorCode.SEALED.type())
            .put("message", "The key manager is sealed.");
    response.status(Status.SERVICE_UNAVAILABLE_503);
    response.header(HeaderNames.CONTENT_TYPE, "application/x-amz-json-1.1");
    response.header(HeaderNames.CONNECTION, "close");
    response.send(body.toString().getBytes(StandardCharsets.UTF_8));
  }

  void health(ServerRequest request, ServerResponse response) {
    HealthEndpoint.answer(response, health());
  }

  void ready(ServerRequest request, ServerResponse response) {
    HealthEndpoint.answer(response, ready());
  }

  /** Whether all parts work; sealed is no failure, and starting anew would not help. */
  Answer health() {
    Unsealed present = unsealed;
    if (present != null) {
      return present.health().health();
    }
    boolean good = recorder.isHealthy();
    return Answer.json(
        good, "{\"status\":\"%s\",\"audit\":%s}".formatted(good ? "sealed" : "failing", good));
  }

  /** Whether requests should be sent here. */
  Answer ready() {
    Unsealed present = unsealed;
    return present != null
        ? present.health().ready()
        : Answer.json(false, "{\"ready\":false,\"sealed\":true}");
  }

  /** Metrics; while it is sealed only that it is. */
  String metrics() {
    Unsealed present = unsealed;
    String counted = present == null ? "" : present.metrics();
    return "# HELP secretfs_keymanager_sealed Whether the key manager is sealed.\n"
        + "# TYPE secretfs_keymanager_sealed gauge\n"
        + "secretfs_keymanager_sealed %d\n".formatted(present == null ? 1 : 0)
        + counted;
  }

  /** Takes no more requests, and waits for those under way. */
  void drain() {
    Unsealed present = unsealed;
    if (present != null) {
      present.drain();
    }
  }

  private void closeUnsealed() {
    Unsealed present = unsealed;
    unsealed = null;
    if (present != null) {
      present.drain();
      present.close();
    }
  }

  /** Answers the requests under way, and wipes the keys. */
  @Override
  public void close() {
    lock.lock();
    try {
      forget();
      closeUnsealed();
    } finally {
      lock.unlock();
    }
  }
}
