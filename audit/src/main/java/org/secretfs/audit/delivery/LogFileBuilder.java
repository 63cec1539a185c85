package org.secretfs.audit.delivery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.secretfs.audit.AuditEntry;
import org.secretfs.audit.Verification;

/**
 * Gathers records as the content of one log file: {@code {"Records":[…]}}. Each record gets its
 * place in the audit log, as {@code additionalEventData.auditSequence} and {@code .auditHash}.
 */
final class LogFileBuilder {
  static final String SEQUENCE = "auditSequence";
  static final String HASH = "auditHash";

  /** Past either of these the file is full. */
  private static final int MOST_RECORDS = 20_000;

  private static final int ENOUGH_BYTES = 6 << 20;

  private final long lastSequence;
  private final ByteArrayOutputStream content = new ByteArrayOutputStream();
  private Verification.Head head = Verification.Head.EMPTY;
  private Instant oldest = Instant.MAX;
  private Instant newest = Instant.MIN;
  private int records;

  /** One that takes records up to this. */
  LogFileBuilder(long lastSequence) {
    this.lastSequence = lastSequence;
    content.writeBytes("{\"Records\":[".getBytes(StandardCharsets.US_ASCII));
  }

  /** Adds a record; false if the file takes no more. */
  boolean add(AuditEntry entry) {
    if (entry.position().sequence() > lastSequence) {
      return false;
    }
    if (records > 0) {
      content.write(',');
    }
    content.writeBytes(record(entry));
    head = entry.position();
    Instant time = entry.event().eventTime();
    oldest = time.isBefore(oldest) ? time : oldest;
    newest = time.isAfter(newest) ? time : newest;
    records++;
    return records < MOST_RECORDS
        && content.size() < ENOUGH_BYTES
        && head.sequence() < lastSequence;
  }

  private static byte[] record(AuditEntry entry) {
    try {
      ObjectNode json = (ObjectNode) TrailJson.MAPPER.readTree(entry.event().toJson());
      json.withObjectProperty("additionalEventData")
          .put(SEQUENCE, entry.position().sequence())
          .put(HASH, entry.position().hash());
      return TrailJson.bytes(json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  boolean isEmpty() {
    return records == 0;
  }

  /** The content, which ends the file. */
  byte[] finish() {
    content.writeBytes("]}".getBytes(StandardCharsets.US_ASCII));
    return content.toByteArray();
  }

  Verification.Head head() {
    return head;
  }

  String oldest() {
    return TrailJson.time(oldest);
  }

  String newest() {
    return TrailJson.time(newest);
  }
}
