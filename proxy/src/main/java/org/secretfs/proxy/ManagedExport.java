package org.secretfs.proxy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.secretfs.failure.SecretfsException;
import org.secretfs.nbd.server.ClientIdentity;
import org.secretfs.nbd.server.ExportRefusal;
import org.secretfs.nbd.server.ExportRefusedException;
import org.secretfs.proxy.ProxyAudit.Event;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One export from its configuration to its removal: the one state machine that decides whether its
 * key is in memory. Changes of its state wait for one another; telling its state waits for nothing.
 */
final class ManagedExport {
  private static final Logger LOG = LoggerFactory.getLogger(ManagedExport.class);

  private final ExportSpec spec;
  private final VolumeSlot slot;
  private final ProxyAudit audit;
  private final Clock clock;
  private final ExportMetrics metrics = new ExportMetrics();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition clientsGone = lock.newCondition();
  private volatile Life life;

  /** What the export is now; replaced as a whole. */
  private record Life(
      ExportState state,
      Optional<SuspendReason> reason,
      Instant since,
      Optional<String> lastFailure) {}

  ManagedExport(ExportSpec spec, Backings backings, ProxyAudit audit, Clock clock) {
    this.spec = spec;
    this.slot = new VolumeSlot(spec, backings, metrics);
    this.audit = audit;
    this.clock = clock;
    this.life = new Life(ExportState.CLOSED, Optional.empty(), clock.instant(), Optional.empty());
  }

  ExportSpec spec() {
    return spec;
  }

  ExportMetrics metrics() {
    return metrics;
  }

  ExportState state() {
    return life.state();
  }

  /** Whether its key may be in memory. */
  boolean hasKey() {
    return life.state() == ExportState.OPEN || life.state() == ExportState.DRAINING;
  }

  /** Whether it is suspended for a reason that ends when the key source gives the key. */
  boolean waitsForKey() {
    return life.reason().filter(SuspendReason::endsWithKey).isPresent();
  }

  ExportStatus status() {
    Life now = life;
    long size = slot.gated().sizeBytes();
    return new ExportStatus(
        spec.name(),
        now.state(),
        spec.backing().describe(),
        spec.readOnly(),
        size == 0 ? OptionalLong.empty() : OptionalLong.of(size),
        now.reason(),
        now.since(),
        metrics.connections(),
        metrics.queueDepth(),
        now.lastFailure());
  }

  /** A client's hold on the export, for which the volume is opened if it is not. */
  ExportHold admit(ClientIdentity client) throws ExportRefusedException {
    lock.lock();
    try {
      switch (life.state()) {
        case CLOSED -> openForClient();
        case OPEN -> {}
        case SUSPENDED -> requireWaiting();
        case DRAINING, DRAINED, REMOVED ->
            throw new ExportRefusedException(
                ExportRefusal.SHUTDOWN, "export %s takes no clients".formatted(spec.name()));
      }
      metrics.connected();
      return new ExportHold(this, slot.gated(), client);
    } finally {
      lock.unlock();
    }
  }

  private void openForClient() throws ExportRefusedException {
    try {
      open();
    } catch (SecretfsException e) {
      boolean denied = e.code().kind() == org.secretfs.failure.Kind.DENIED;
      throw new ExportRefusedException(
          denied ? ExportRefusal.FORBIDDEN : ExportRefusal.UNAVAILABLE,
          "export %s cannot be opened: %s".formatted(spec.name(), e.code().name()));
    }
  }

  /** A suspended export whose size is known takes clients, whose requests then wait. */
  private void requireWaiting() throws ExportRefusedException {
    if (!slot.isKnown() || spec.onSuspend() == ExportSpec.OnSuspend.FAIL) {
      throw new ExportRefusedException(
          ExportRefusal.FORBIDDEN, "export %s is suspended".formatted(spec.name()));
    }
  }

  void clientLeft() {
    lock.lock();
    try {
      metrics.disconnected();
      clientsGone.signalAll();
      if (metrics.connections() == 0 && slot.gated().hasLoss()) {
        startAfresh();
      }
    } finally {
      lock.unlock();
    }
  }

  /**
   * After the last client left that may have lost writes: the next one's flushes shall succeed
   * again, and a backing whose flush failed must be opened anew for that.
   */
  private void startAfresh() {
    if (life.state() == ExportState.OPEN) {
      slot.close();
      slot.forget();
      become(ExportState.CLOSED, Optional.empty(), life.lastFailure());
      recordAnyway(Event.CLOSE, "a flush had failed, and no clients are left");
    } else {
      slot.gated().forgetLoss();
    }
  }

  /** Opens the volume if it is closed. */
  void open() throws SecretfsException {
    lock.lock();
    try {
      if (life.state() == ExportState.CLOSED) {
        attempt(Event.OPEN, slot::open);
      }
    } finally {
      lock.unlock();
    }
  }

  /** How a volume comes to be open. */
  @FunctionalInterface
  private interface Opening {
    OpenedVolume open() throws SecretfsException;
  }

  /** Opens in one way or the other; on failure the state stays, but for the note of the failure. */
  private void attempt(Event event, Opening how) throws SecretfsException {
    try {
      install(event, how.open());
    } catch (ProxyAudit.Unrecorded e) {
      throw failed(event, e.reason());
    } catch (SecretfsException e) {
      throw failed(event, e);
    } catch (RuntimeException e) {
      if (life.state() == ExportState.CLOSED) {
        slot.unlock();
      }
      throw e;
    }
  }

  /** Before the first request: what cannot be recorded is not opened. */
  private void install(Event event, OpenedVolume volume) throws ProxyException {
    try {
      audit.record(event, spec, "");
    } catch (ProxyException e) {
      slot.refuse(volume);
      throw e;
    }
    slot.install(volume);
    become(ExportState.OPEN, Optional.empty(), Optional.empty());
    LOG.atInfo().addKeyValue("export", spec.name()).log("export is open");
  }

  private SecretfsException failed(Event event, SecretfsException failure) {
    if (life.state() == ExportState.CLOSED) {
      slot.unlock();
    }
    audit.failed(event, spec, failure);
    noteFailure(failure);
    return failure;
  }

  private void noteFailure(SecretfsException failure) {
    Life now = life;
    life = new Life(now.state(), now.reason(), now.since(), Optional.of(text(failure)));
    LOG.atWarn()
        .addKeyValue("export", spec.name())
        .addKeyValue("code", failure.code().name())
        .log("{}", failure.getMessage());
  }

  private static String text(SecretfsException failure) {
    return "%s [%s]".formatted(failure.getMessage(), failure.code().name());
  }

  private void become(
      ExportState state, Optional<SuspendReason> reason, Optional<String> lastFailure) {
    life = new Life(state, reason, clock.instant(), lastFailure);
  }

  /**
   * Takes the key out of memory: requests under way end, later ones wait or fail as configured.
   * Does nothing where the key is not in memory, but for noting an operator's word.
   */
  void suspend(SuspendReason reason, Optional<String> because) {
    lock.lock();
    try {
      switch (life.state()) {
        case OPEN -> {
          slot.close();
          suspended(reason, because);
        }
        case DRAINING -> {
          slot.close();
          recordAnyway(Event.SUSPEND, because.orElse(reason.text()));
        }
        case CLOSED -> {
          if (reason == SuspendReason.OPERATOR) {
            suspended(reason, because);
          }
        }
        case SUSPENDED -> {
          if (reason == SuspendReason.OPERATOR) {
            become(ExportState.SUSPENDED, Optional.of(reason), because);
          }
        }
        case DRAINED, REMOVED -> {}
      }
    } finally {
      lock.unlock();
    }
  }

  private void suspended(SuspendReason reason, Optional<String> because) {
    become(ExportState.SUSPENDED, Optional.of(reason), because);
    metrics.suspended();
    recordAnyway(Event.SUSPEND, because.orElse(reason.text()));
    LOG.atWarn()
        .addKeyValue("export", spec.name())
        .addKeyValue("reason", reason.name())
        .log("export is suspended: {}", because.orElse(reason.text()));
  }

  /** A key is taken away whether that can be recorded or not. */
  private void recordAnyway(Event event, String why) {
    try {
      audit.record(event, spec, why);
    } catch (ProxyException e) {
      LOG.atError().addKeyValue("export", spec.name()).log("{}", e.getMessage());
    }
  }

  /** Serves again, or takes clients again after a drain. */
  void resume() throws SecretfsException {
    lock.lock();
    try {
      switch (life.state()) {
        case SUSPENDED -> {
          if (slot.isKnown()) {
            attempt(Event.RESUME, slot::reopen);
          } else {
            become(ExportState.CLOSED, Optional.empty(), Optional.empty());
          }
        }
        case DRAINED -> become(ExportState.CLOSED, Optional.empty(), Optional.empty());
        case CLOSED, OPEN -> {}
        case DRAINING, REMOVED ->
            throw new ProxyException(
                ProxyError.EXPORT_CLOSED, "export %s is going away".formatted(spec.name()));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Notes why the key could not be checked, without consequences yet. */
  void keyOutOfReach(SecretfsException failure) {
    lock.lock();
    try {
      noteFailure(failure);
    } finally {
      lock.unlock();
    }
  }

  /** The key source gave the key: suspended for its sake, the export serves again. */
  void keyGiven() {
    lock.lock();
    try {
      if (waitsForKey()) {
        resume();
      } else if (life.lastFailure().isPresent() && life.state() == ExportState.OPEN) {
        Life now = life;
        life = new Life(now.state(), now.reason(), now.since(), Optional.empty());
      }
    } catch (SecretfsException e) {
      // Noted where it failed; the next check tries again.
      LOG.debug("export {} could not be resumed", spec.name(), e);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Takes no new clients, waits for the present ones to leave, and closes the volume.
   *
   * @return whether all left by themselves; else those left are refused from now on
   */
  boolean drain(Duration patience) {
    lock.lock();
    try {
      if (life.state() == ExportState.DRAINED || life.state() == ExportState.REMOVED) {
        return true;
      }
      become(ExportState.DRAINING, Optional.empty(), Optional.empty());
      boolean left = awaitNoClients(patience);
      slot.close();
      slot.forget();
      become(ExportState.DRAINED, Optional.empty(), Optional.empty());
      recordAnyway(Event.CLOSE, left ? "drained" : "drained, with clients left");
      return left;
    } finally {
      lock.unlock();
    }
  }

  private boolean awaitNoClients(Duration patience) {
    try {
      long nanos = patience.toNanos();
      while (metrics.connections() > 0 && nanos > 0) {
        nanos = clientsGone.awaitNanos(nanos);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return metrics.connections() == 0;
  }

  /** Drains, and ends for good: what still asks is told that the server shuts down. */
  boolean remove(Duration patience) {
    boolean left = drain(patience);
    lock.lock();
    try {
      if (life.state() != ExportState.REMOVED) {
        slot.gated().end();
        spec.keySource().close();
        become(ExportState.REMOVED, Optional.empty(), Optional.empty());
      }
      return left;
    } finally {
      lock.unlock();
    }
  }

  /** From now on requests are told that the server shuts down. */
  void refuseRequests() {
    slot.gated().end();
    slot.gated().shut(Duration.ZERO);
  }
}
