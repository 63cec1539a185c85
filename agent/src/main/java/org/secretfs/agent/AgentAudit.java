package org.secretfs.agent;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditEventBuilder;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditIdentity;
import org.secretfs.audit.AuditLog;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.CallObserver;

/**
 * The agent's own audit trail: which secrets it asked for, and what became of each volume.
 *
 * <p>The log is opened for each record, since commands are short and may overlap; a writer that
 * finds it taken waits up to ten seconds.
 */
public final class AgentAudit implements CallObserver {
  /** The event source of all records. */
  public static final String SOURCE = "agent.secretfs";

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Path directory;
  private final Clock clock;
  private final String userAgent;

  /**
   * A trail in a directory.
   *
   * @param userAgent what the records say asked, as {@code secretfs/0.1.0}
   */
  public AgentAudit(Path directory, Clock clock, String userAgent) {
    this.directory = directory;
    this.clock = clock;
    this.userAgent = userAgent;
  }

  /** Records a call to a key management service; the secret is withheld if that fails. */
  @Override
  public void finished(Call call) {
    AuditEventBuilder event = event("AskKeySource").asked(call.facts("volume")).readOnly(true);
    call.failure().ifPresent(code -> event.refused(code.name(), null));
    try {
      append(event.build());
    } catch (AgentException e) {
      throw new Unrecorded(e);
    }
  }

  /** Carries a failure to record out of a call whose interface knows no checked exceptions. */
  static final class Unrecorded extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final AgentException reason;

    Unrecorded(AgentException reason) {
      super(reason);
      this.reason = reason;
    }

    AgentException reason() {
      return reason;
    }
  }

  void volumeMounted(VolumeSpec volume) throws AgentException {
    append(event("MountVolume").asked(facts(volume)).build());
  }

  void headerVouchedFor(VolumeSpec volume) throws AgentException {
    append(event("VouchForHeader").asked(facts(volume)).build());
  }

  void volumeClosed(VolumeSpec volume) throws AgentException {
    append(event("CloseVolume").asked(facts(volume)).build());
  }

  /** Records a refusal. A record that cannot be written is added to the failure itself. */
  void volumeFailed(VolumeSpec volume, SecretfsException failure) {
    try {
      append(
          event("MountVolume")
              .asked(facts(volume))
              .refused(failure.code().name(), failure.getMessage())
              .build());
    } catch (AgentException e) {
      failure.addSuppressed(e);
    }
  }

  private AuditEventBuilder event(String name) {
    return AuditEvent.named(SOURCE, name)
        .at(clock.instant())
        .from("127.0.0.1", userAgent)
        .by(AuditIdentity.service(SOURCE));
  }

  private static ObjectNode facts(VolumeSpec volume) {
    ObjectNode facts = JsonNodeFactory.instance.objectNode().put("volume", volume.name());
    facts.put("device", volume.device().path().toString());
    facts.put("mount", volume.mount().toString());
    facts.put("keySource", volume.keySourceKinds());
    return facts;
  }

  private void append(AuditEvent event) throws AgentException {
    try (AuditLog log = open()) {
      log.append(event);
    } catch (IOException | AuditException e) {
      throw new AgentException(
          AgentError.AUDIT_UNWRITABLE,
          "audit record %s cannot be written to %s: %s"
              .formatted(event.eventName(), directory, e.getMessage()),
          e);
    }
  }

  private AuditLog open() throws IOException, AuditException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return AuditLog.open(directory, clock);
      } catch (AuditException.Locked e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        pause();
      }
    }
  }

  private static void pause() throws IOException {
    try {
      Thread.sleep(PAUSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the audit log", e);
    }
  }
}
