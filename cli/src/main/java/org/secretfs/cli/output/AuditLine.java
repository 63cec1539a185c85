package org.secretfs.cli.output;

import com.fasterxml.jackson.databind.JsonNode;
import org.secretfs.audit.AuditEvent;

/** A record as one line for people. */
public final class AuditLine {
  private AuditLine() {}

  /** The line. */
  public static String of(AuditEvent event) {
    StringBuilder line = new StringBuilder();
    line.append(event.eventTime()).append("  ");
    String who = event.userIdentity().userName();
    line.append("%-14s ".formatted(who == null ? "unknown" : who));
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
}
