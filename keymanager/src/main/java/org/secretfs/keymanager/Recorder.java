package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditEventBuilder;
import org.secretfs.audit.AuditIdentity;
import org.secretfs.audit.AuditLog;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.identity.Principal;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.kms.Outcome;

/** Writes the record of each request before its answer leaves. */
final class Recorder {
  private static final String SOURCE = "kms.amazonaws.com";

  private final AuditLog log;
  private final Arns arns;
  private final Clock clock;
  private final AtomicInteger waiting = new AtomicInteger();

  Recorder(AuditLog log, Arns arns, Clock clock) {
    this.log = log;
    this.arns = arns;
    this.clock = clock;
  }

  /**
   * Where a request came from.
   *
   * @param requestId the id that the answer carries
   * @param address the client's address
   * @param userAgent what the client calls itself
   * @param time when it came
   */
  record Origin(String requestId, String address, String userAgent, Instant time) {}

  /** How many records are being written. */
  int waiting() {
    return waiting.get();
  }

  boolean isHealthy() {
    return log.isHealthy();
  }

  Instant now() {
    return clock.instant();
  }

  /** Writes the record of a request; returns when it is durable. */
  void record(
      Origin origin,
      String source,
      @Nullable Principal principal,
      Optional<String> claimedAccessKeyId,
      Outcome outcome)
      throws IOException {
    AuditEventBuilder event =
        AuditEvent.named(source, outcome.operation())
            .at(origin.time())
            .in(arns.accountId(), arns.region())
            .from(origin.address(), origin.userAgent())
            .by(identity(principal, claimedAccessKeyId))
            .requestId(origin.requestId())
            .readOnly(outcome.readOnly())
            .asked(outcome.trace().parameters())
            .touching(outcome.trace().resources());
    if (outcome.refusal().isPresent()) {
      Refused refusal = outcome.refusal().get();
      event.refused(refusal.error().type(), refusal.text().isEmpty() ? null : refusal.text());
    } else {
      event.answered(outcome.trace().response());
    }
    if (!outcome.trace().decisions().isEmpty()) {
      ObjectNode notes = JsonNodeFactory.instance.objectNode();
      ArrayNode decisions = notes.putArray("decisions");
      outcome.trace().decisions().forEach(decisions::add);
      event.noting(notes);
    }
    AuditEvent built = event.build();
    waiting.incrementAndGet();
    try {
      log.append(built);
    } finally {
      waiting.decrementAndGet();
    }
  }

  /** Writes the record of something that the key manager did by itself. */
  void recordOwn(String name, ObjectNode details) throws IOException {
    log.append(
        AuditEvent.named(SOURCE, name)
            .at(clock.instant())
            .in(arns.accountId(), arns.region())
            .from("127.0.0.1", "secretfs")
            .by(AuditIdentity.service(SOURCE))
            .serviceEvent()
            .noting(details)
            .build());
  }

  private static AuditIdentity identity(
      @Nullable Principal principal, Optional<String> claimedAccessKeyId) {
    if (principal == null) {
      return AuditIdentity.unknown(claimedAccessKeyId.map(Recorder::bounded).orElse(null));
    }
    String userName = principal.subject().userName().orElse(null);
    return new AuditIdentity(
        userName == null ? "AssumedRole" : "IAMUser",
        principal.arn(),
        principal.accountId(),
        principal.accessKeyId(),
        userName);
  }

  private static String bounded(String accessKeyId) {
    return accessKeyId.length() <= 128 ? accessKeyId : accessKeyId.substring(0, 128);
  }
}
