package org.secretfs.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/** Gathers what becomes an {@link AuditEvent}. For one thread; each setter returns this. */
public final class AuditEventBuilder {
  private static final int MAX_TEXT_CHARS = 512;

  private final String source;
  private final String name;
  private Instant time = Instant.EPOCH;
  private String region = "us-east-1";
  private String sourceIp = "127.0.0.1";
  private String userAgent = "";
  private @Nullable String errorCode;
  private @Nullable String errorMessage;
  private @Nullable ObjectNode requestParameters;
  private @Nullable ObjectNode responseElements;
  private @Nullable ObjectNode additionalData;
  private String requestId = "";
  private String eventId = "";
  private boolean readOnly;
  private List<AuditResource> resources = List.of();
  private String type = "AwsApiCall";
  private String accountId = "";
  private AuditIdentity identity = AuditIdentity.unknown(null);
  private @Nullable AuditTls tls;

  AuditEventBuilder(String source, String name) {
    this.source = source;
    this.name = bounded(name);
  }

  /** When it happened. */
  public AuditEventBuilder at(Instant value) {
    time = value.truncatedTo(ChronoUnit.SECONDS);
    return this;
  }

  /** Whose log this is. */
  public AuditEventBuilder in(String recipientAccountId, String awsRegion) {
    accountId = recipientAccountId;
    region = awsRegion;
    return this;
  }

  /** Where it came from; the user agent is cut at 512 characters. */
  public AuditEventBuilder from(String sourceIpAddress, String agent) {
    sourceIp = sourceIpAddress;
    userAgent = bounded(agent);
    return this;
  }

  /** Who asked. */
  public AuditEventBuilder by(AuditIdentity value) {
    identity = value;
    return this;
  }

  /** The error that it was refused with; the message is cut at 512 characters. */
  public AuditEventBuilder refused(String code, @Nullable String message) {
    errorCode = code;
    errorMessage = message == null ? null : bounded(message);
    return this;
  }

  /** What was asked, without data. */
  public AuditEventBuilder asked(@Nullable ObjectNode parameters) {
    requestParameters = parameters;
    return this;
  }

  /** What a change made. */
  public AuditEventBuilder answered(@Nullable ObjectNode elements) {
    responseElements = elements;
    return this;
  }

  /** What no other field has room for. */
  public AuditEventBuilder noting(ObjectNode data) {
    additionalData = data;
    return this;
  }

  /** The id that the answer carries. */
  public AuditEventBuilder requestId(String value) {
    requestId = value;
    return this;
  }

  /** The id of the record; a random UUID where none is given. */
  public AuditEventBuilder eventId(String value) {
    eventId = value;
    return this;
  }

  /** Whether the operation changes nothing. */
  public AuditEventBuilder readOnly(boolean value) {
    readOnly = value;
    return this;
  }

  /** What it touched. */
  public AuditEventBuilder touching(List<AuditResource> values) {
    resources = values;
    return this;
  }

  /** Marks something that the product did by itself. */
  public AuditEventBuilder serviceEvent() {
    type = "AwsServiceEvent";
    return this;
  }

  /** How the connection was protected. */
  public AuditEventBuilder over(@Nullable AuditTls value) {
    tls = value;
    return this;
  }

  /** The record. */
  public AuditEvent build() {
    return new AuditEvent(
        time,
        source,
        name,
        region,
        sourceIp,
        userAgent,
        errorCode,
        errorMessage,
        requestParameters,
        responseElements,
        additionalData,
        requestId,
        eventId.isEmpty() ? UUID.randomUUID().toString() : eventId,
        readOnly,
        resources,
        type,
        true,
        accountId,
        identity,
        "Management",
        tls);
  }

  private static String bounded(String text) {
    return text.length() <= MAX_TEXT_CHARS ? text : text.substring(0, MAX_TEXT_CHARS);
  }
}
