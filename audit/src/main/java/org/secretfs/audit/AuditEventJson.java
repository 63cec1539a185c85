package org.secretfs.audit;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes and reads the JSON form of records. */
final class AuditEventJson {
  private static final int MAX_DEPTH = 32;

  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxStringLength(LogLine.MAX_BYTES)
                          .maxNumberLength(64)
                          .build())
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private AuditEventJson() {}

  static byte[] write(AuditEvent event) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("eventVersion", AuditEvent.EVENT_VERSION);
    json.set("userIdentity", identity(event.userIdentity()));
    json.put("eventTime", event.eventTime().toString());
    json.put("eventSource", event.eventSource());
    json.put("eventName", event.eventName());
    json.put("awsRegion", event.awsRegion());
    json.put("sourceIPAddress", event.sourceIpAddress());
    json.put("userAgent", event.userAgent());
    putUnlessNull(json, "errorCode", event.errorCode());
    putUnlessNull(json, "errorMessage", event.errorMessage());
    json.set("requestParameters", event.requestParameters());
    json.set("responseElements", event.responseElements());
    if (event.additionalEventData() != null) {
      json.set("additionalEventData", event.additionalEventData());
    }
    json.put("requestID", event.requestId());
    json.put("eventID", event.eventId());
    json.put("readOnly", event.readOnly());
    putResources(json, event.resources());
    json.put("eventType", event.eventType());
    json.put("managementEvent", event.managementEvent());
    json.put("recipientAccountId", event.recipientAccountId());
    json.put("eventCategory", event.eventCategory());
    putTls(json, event.tlsDetails());
    return bytes(json);
  }

  private static byte[] bytes(ObjectNode json) {
    try {
      return MAPPER.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new AssertionError("a tree of plain values always has a JSON form", e);
    }
  }

  private static ObjectNode identity(AuditIdentity identity) {
    ObjectNode json = MAPPER.createObjectNode().put("type", identity.type());
    putUnlessNull(json, "arn", identity.arn());
    putUnlessNull(json, "accountId", identity.accountId());
    putUnlessNull(json, "accessKeyId", identity.accessKeyId());
    putUnlessNull(json, "userName", identity.userName());
    return json;
  }

  private static void putResources(ObjectNode json, List<AuditResource> resources) {
    if (resources.isEmpty()) {
      return;
    }
    var array = json.putArray("resources");
    for (AuditResource resource : resources) {
      array
          .addObject()
          .put("accountId", resource.accountId())
          .put("type", resource.type())
          .put("ARN", resource.arn());
    }
  }

  private static void putTls(ObjectNode json, @Nullable AuditTls tls) {
    if (tls != null) {
      json.putObject("tlsDetails")
          .put("tlsVersion", tls.tlsVersion())
          .put("cipherSuite", tls.cipherSuite())
          .put("clientProvidedHostHeader", tls.clientProvidedHostHeader());
    }
  }

  private static void putUnlessNull(ObjectNode json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }

  static AuditEvent read(byte[] json, int offset, int length) throws AuditException.MalformedLine {
    JsonNode root;
    try {
      root = MAPPER.readTree(json, offset, length);
    } catch (IOException e) {
      throw new AuditException.MalformedLine("the record is not JSON");
    }
    if (!(root instanceof ObjectNode object)) {
      throw new AuditException.MalformedLine("the record is not a JSON object");
    }
    return event(object);
  }

  private static AuditEvent event(ObjectNode json) throws AuditException.MalformedLine {
    if (!text(json, "eventVersion").equals(AuditEvent.EVENT_VERSION)) {
      throw new AuditException.MalformedLine("eventVersion is not " + AuditEvent.EVENT_VERSION);
    }
    return new AuditEvent(
        time(text(json, "eventTime")),
        text(json, "eventSource"),
        text(json, "eventName"),
        text(json, "awsRegion"),
        text(json, "sourceIPAddress"),
        text(json, "userAgent"),
        textOrNull(json, "errorCode"),
        textOrNull(json, "errorMessage"),
        objectOrNull(json, "requestParameters"),
        objectOrNull(json, "responseElements"),
        objectOrNull(json, "additionalEventData"),
        text(json, "requestID"),
        text(json, "eventID"),
        json.path("readOnly").asBoolean(),
        resources(json.path("resources")),
        text(json, "eventType"),
        json.path("managementEvent").asBoolean(),
        text(json, "recipientAccountId"),
        identityOf(json),
        text(json, "eventCategory"),
        tlsOf(objectOrNull(json, "tlsDetails")));
  }

  private static Instant time(String text) throws AuditException.MalformedLine {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw new AuditException.MalformedLine("eventTime is not an ISO 8601 time");
    }
  }

  private static AuditIdentity identityOf(ObjectNode json) throws AuditException.MalformedLine {
    ObjectNode identity = objectOrNull(json, "userIdentity");
    if (identity == null) {
      throw new AuditException.MalformedLine("userIdentity is missing");
    }
    return new AuditIdentity(
        text(identity, "type"),
        textOrNull(identity, "arn"),
        textOrNull(identity, "accountId"),
        textOrNull(identity, "accessKeyId"),
        textOrNull(identity, "userName"));
  }

  private static List<AuditResource> resources(JsonNode array) throws AuditException.MalformedLine {
    List<AuditResource> resources = new ArrayList<>();
    for (JsonNode item : array) {
      resources.add(
          new AuditResource(text(item, "ARN"), text(item, "accountId"), text(item, "type")));
    }
    return resources;
  }

  private static @Nullable AuditTls tlsOf(@Nullable ObjectNode json)
      throws AuditException.MalformedLine {
    if (json == null) {
      return null;
    }
    return new AuditTls(
        text(json, "tlsVersion"),
        text(json, "cipherSuite"),
        text(json, "clientProvidedHostHeader"));
  }

  private static String text(JsonNode json, String name) throws AuditException.MalformedLine {
    String value = textOrNull(json, name);
    if (value == null) {
      throw new AuditException.MalformedLine(name + " is missing");
    }
    return value;
  }

  private static @Nullable String textOrNull(JsonNode json, String name)
      throws AuditException.MalformedLine {
    JsonNode value = json.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (!value.isTextual()) {
      throw new AuditException.MalformedLine(name + " is not a string");
    }
    return value.textValue();
  }

  private static @Nullable ObjectNode objectOrNull(JsonNode json, String name)
      throws AuditException.MalformedLine {
    JsonNode value = json.path(name);
    if (value.isMissingNode() || value.isNull()) {
      return null;
    }
    if (value instanceof ObjectNode object) {
      return object;
    }
    throw new AuditException.MalformedLine(name + " is not an object");
  }
}
