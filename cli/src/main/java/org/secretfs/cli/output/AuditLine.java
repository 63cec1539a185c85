package org.secretfs.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditIdentity;

/** A record as one line for people. */
public final class AuditLine {
  private AuditLine() {}

  /** The line. */
  public static String of(AuditEvent event) {
    StringBuilder line = new StringBuilder();
    line.append(event.eventTime()).append("  ");
    line.append("%-14s ".formatted(who(event.userIdentity())));
    line.append("%-32s ".formatted(event.eventName()));
    line.append(event.errorCode() == null ? "ok" : "REFUSED " + event.errorCode());
    event.resources().forEach(resource -> line.append("  ").append(resource.arn()));
    JsonNode asked = event.requestParameters();
    if (asked != null && asked.has("encryptionContext")) {
      line.append("  ").append(asked.get("encryptionContext"));
    }
    if (asked != null && asked.has("volume")) {
      line.append("  volume=").append(asked.get("volume").asText());
    }
    return line.toString();
  }

  /** The user, or the role and session. */
  private static String who(AuditIdentity identity) {
    String arn = identity.arn();
    if (identity.userName() != null) {
      return identity.userName();
    }
    return arn == null ? "unknown" : arn.substring(arn.indexOf('/') + 1);
  }
}
