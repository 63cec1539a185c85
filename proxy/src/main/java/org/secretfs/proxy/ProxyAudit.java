package org.secretfs.proxy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditEventBuilder;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditIdentity;
import org.secretfs.audit.AuditLog;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.CallObserver;
import org.secretfs.nbd.server.ClientIdentity;

/**
 * The proxy's audit trail: each question to a key source, and what became of each export. What
 * cannot be recorded is not opened.
 */
public final class ProxyAudit implements CallObserver, AutoCloseable {
  /** The event source of all records. */
  public static final String SOURCE = "proxy.secretfs";

  private final Path directory;
  private final Clock clock;
  private final String userAgent;
  private @Nullable AuditLog log;

  /**
   * A trail that is not open yet.
   *
   * @param userAgent what the records say asked, as {@code secretfs/0.1.0}
   */
  public ProxyAudit(Path directory, Clock clock, String userAgent) {
    this.directory = directory;
    this.clock = clock;
    this.userAgent = userAgent;
  }

  /**
   * Opens the trail, which one process writes at a time.
   *
   * @throws ProxyException if it is damaged, cannot be written, or has a writer
   */
  synchronized void open() throws ProxyException {
    try {
      log = AuditLog.open(directory, clock);
    } catch (IOException | AuditException e) {
      throw new ProxyException(
          ProxyError.AUDIT_UNWRITABLE,
          "audit trail %s cannot be opened: %s".formatted(directory, e.getMessage()),
          e);
    }
  }

  private synchronized AuditLog log() throws IOException {
    if (log == null) {
      throw new IOException("the trail is not open");
    }
    return log;
  }

  /** Records a call to a key management service; the secret is withheld if that fails. */
  @Override
  public void finished(Call call) {
    AuditEventBuilder event = event("AskKeySource").asked(call.facts("export")).readOnly(true);
    call.failure().ifPresent(code -> event.refused(code.name(), null));
    try {
      append(event.build());
    } catch (ProxyException e) {
      throw new Unrecorded(e);
    }
  }

  /** Carries a failure to record out of a call whose interface knows no checked exceptions. */
  static final class Unrecorded extends RuntimeException {
    private static final long serialVersionUID = 1L;
    private final ProxyException reason;

    Unrecorded(ProxyException reason) {
      super(reason);
      this.reason = reason;
    }

    ProxyException reason() {
      return reason;
    }
  }

  /** What became of an export. */
  enum Event {
    ADD("AddExport"),
    OPEN("OpenExport"),
    SUSPEND("SuspendExport"),
    RESUME("ResumeExport"),
    CLOSE("CloseExport"),
    REMOVE("RemoveExport");

    private final String title;

    Event(String title) {
      this.title = title;
    }
  }

  /**
   * Records what is about to happen to an export.
   *
   * @param why the reason; may be empty
   */
  void record(Event what, ExportSpec export, String why) throws ProxyException {
    append(event(what.title).asked(facts(export, why)).build());
  }

  /** Records what did not happen. A record that cannot be written is added to the failure. */
  void failed(Event what, ExportSpec export, SecretfsException failure) {
    try {
      append(
          event(what.title)
              .asked(facts(export, ""))
              .refused(failure.code().name(), failure.getMessage())
              .build());
    } catch (ProxyException e) {
      failure.addSuppressed(e);
    }
  }

  /** Records a client that may not use an export. */
  void refusedClient(ExportSpec export, ClientIdentity client) throws ProxyException {
    ObjectNode asked = facts(export, "").put("client", Clients.label(client));
    append(
        event("UseExport")
            .asked(asked)
            .refused(ProxyError.CLIENT_DENIED.name(), "not among the export's clients")
            .build());
  }

  private static ObjectNode facts(ExportSpec export, String why) {
    ObjectNode facts = JsonNodeFactory.instance.objectNode().put("export", export.name());
    facts.put("backing", export.backing().describe());
    facts.put("keySource", export.keySource().kind());
    if (!why.isEmpty()) {
      facts.put("reason", why);
    }
    return facts;
  }

  private AuditEventBuilder event(String name) {
    return AuditEvent.named(SOURCE, name)
        .at(clock.instant())
        .from("127.0.0.1", userAgent)
        .by(AuditIdentity.service(SOURCE));
  }

  private void append(AuditEvent event) throws ProxyException {
    try {
      log().append(event);
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.AUDIT_UNWRITABLE,
          "audit record %s cannot be written to %s: %s"
              .formatted(event.eventName(), directory, e.getMessage()),
          e);
    }
  }

  /** Whether records can be written. */
  synchronized boolean isHealthy() {
    return log != null && log.isHealthy();
  }

  /** Writes what is pending and ends; further records are refused. */
  @Override
  public synchronized void close() throws ProxyException {
    AuditLog open = log;
    log = null;
    try {
      if (open != null) {
        open.close();
      }
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.AUDIT_UNWRITABLE,
          "audit trail %s cannot be closed: %s".formatted(directory, e.getMessage()),
          e);
    }
  }
}
