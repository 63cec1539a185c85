package org.secretfs.audit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One request and its outcome, in CloudTrail's record format. Immutable.
 *
 * <p>Made by {@link AuditEventBuilder}. Never holds plaintext, ciphertext or a secret: whoever
 * makes one names what it copies from a request, and copies nothing else.
 *
 * @param eventTime when the request came; kept to the second
 * @param eventSource the service, as in {@code kms.amazonaws.com}
 * @param eventName the operation, as in {@code Decrypt}
 * @param awsRegion the region
 * @param sourceIpAddress the address it came from
 * @param userAgent what the client calls itself, at most 512 characters kept
 * @param errorCode the error it was refused with; null if it was done
 * @param errorMessage the error's message
 * @param requestParameters what was asked, without data
 * @param responseElements what a change made
 * @param additionalEventData what no other field has room for
 * @param requestId the id that the answer carried
 * @param eventId unique among all records
 * @param readOnly whether the operation changes nothing
 * @param resources what it touched
 * @param eventType {@code AwsApiCall} or {@code AwsServiceEvent}
 * @param managementEvent always true for keys
 * @param recipientAccountId the account whose log this is
 * @param userIdentity who asked
 * @param eventCategory {@code Management}
 * @param tlsDetails null for a connection without TLS
 */
public record AuditEvent(
    Instant eventTime,
    String eventSource,
    String eventName,
    String awsRegion,
    String sourceIpAddress,
    String userAgent,
    @Nullable String errorCode,
    @Nullable String errorMessage,
    @Nullable ObjectNode requestParameters,
    @Nullable ObjectNode responseElements,
    @Nullable ObjectNode additionalEventData,
    String requestId,
    String eventId,
    boolean readOnly,
    List<AuditResource> resources,
    String eventType,
    boolean managementEvent,
    String recipientAccountId,
    AuditIdentity userIdentity,
    String eventCategory,
    @Nullable AuditTls tlsDetails) {

  /** The version of the record format. */
  public static final String EVENT_VERSION = "1.11";

  public AuditEvent {
    resources = List.copyOf(resources);
    requestParameters = copy(requestParameters);
    responseElements = copy(responseElements);
    additionalEventData = copy(additionalEventData);
  }

  @Override
  public @Nullable ObjectNode requestParameters() {
    return copy(requestParameters);
  }

  @Override
  public @Nullable ObjectNode responseElements() {
    return copy(responseElements);
  }

  @Override
  public @Nullable ObjectNode additionalEventData() {
    return copy(additionalEventData);
  }

  /** Starts a record of a request. */
  public static AuditEventBuilder named(String eventSource, String eventName) {
    return new AuditEventBuilder(eventSource, eventName);
  }

  /**
   * The record as one line of JSON, with CloudTrail's names of fields.
   *
   * @see <a
   *     href="https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html">CloudTrail
   *     record contents</a>
   */
  public byte[] toJson() {
    return AuditEventJson.write(this);
  }

  /**
   * Reads a record that {@link #toJson} wrote.
   *
   * @throws AuditException.MalformedLine if it is not one
   */
  public static AuditEvent fromJson(byte[] json) throws AuditException.MalformedLine {
    return AuditEventJson.read(json, 0, json.length);
  }

  private static @Nullable ObjectNode copy(@Nullable ObjectNode node) {
    return node == null ? null : node.deepCopy();
  }
}
