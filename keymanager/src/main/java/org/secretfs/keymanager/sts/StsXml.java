package org.secretfs.keymanager.sts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.kms.Outcome;

/** Answers of the query protocol. */
public final class StsXml {
  private static final String NAMESPACE = "https://sts.amazonaws.com/doc/2011-06-15/";

  private StsXml() {}

  /** The body of an answer. */
  public static byte[] of(Outcome outcome, String requestId) {
    StringBuilder xml = new StringBuilder(512);
    ObjectNode answer = outcome.answer();
    if (outcome.refusal().isPresent() || answer == null) {
      refusal(xml, outcome, requestId);
    } else {
      String name = outcome.operation();
      xml.append("<%sResponse xmlns=\"%s\"><%sResult>".formatted(name, NAMESPACE, name));
      members(xml, answer);
      xml.append("</%sResult><ResponseMetadata><RequestId>".formatted(name))
          .append(requestId)
          .append("</RequestId></ResponseMetadata></%sResponse>".formatted(name));
    }
    return xml.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static void refusal(StringBuilder xml, Outcome outcome, String requestId) {
    KmsErrorCode error = outcome.refusal().map(Refused::error).orElse(KmsErrorCode.INTERNAL);
    String text = outcome.refusal().map(Refused::text).orElse("");
    xml.append("<ErrorResponse xmlns=\"%s\"><Error>".formatted(NAMESPACE));
    element(xml, "Type", status(error) >= 500 ? "Receiver" : "Sender");
    element(xml, "Code", code(error));
    element(xml, "Message", text);
    xml.append("</Error>");
    element(xml, "RequestId", requestId);
    xml.append("</ErrorResponse>");
  }

  private static void members(StringBuilder xml, ObjectNode object) {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      if (member.getValue() instanceof ObjectNode inner) {
        xml.append('<').append(member.getKey()).append('>');
        members(xml, inner);
        xml.append("</").append(member.getKey()).append('>');
      } else {
        element(xml, member.getKey(), member.getValue().asText());
      }
    }
  }

  private static void element(StringBuilder xml, String name, String value) {
    String escaped =
        value
            .replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "?")
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;");
    xml.append('<').append(name).append('>').append(escaped);
    xml.append("</").append(name).append('>');
  }

  /** The names that STS has for what went wrong. */
  static String code(KmsErrorCode error) {
    return switch (error) {
      case ACCESS_DENIED -> "AccessDenied";
      case MISSING_AUTHENTICATION_TOKEN -> "MissingAuthenticationToken";
      case INCOMPLETE_SIGNATURE -> "IncompleteSignature";
      case INVALID_SIGNATURE -> "SignatureDoesNotMatch";
      case UNRECOGNIZED_CLIENT -> "InvalidClientTokenId";
      case EXPIRED_TOKEN -> "ExpiredToken";
      case MALFORMED_POLICY -> "MalformedPolicyDocument";
      case PACKED_POLICY_TOO_LARGE -> "PackedPolicyTooLarge";
      case UNKNOWN_OPERATION, UNSUPPORTED_OPERATION -> "InvalidAction";
      case INTERNAL -> "InternalFailure";
      case NOT_RECORDED, SEALED -> "ServiceUnavailable";
      case REQUEST_TOO_LARGE -> "RequestEntityTooLarge";
      case THROTTLED, SLOW_DOWN -> "Throttling";
      case VALIDATION,
          SERIALIZATION,
          BAD_REQUEST,
          NOT_FOUND,
          ALREADY_EXISTS,
          DISABLED,
          INVALID_STATE,
          INVALID_CIPHERTEXT,
          INCORRECT_KEY,
          INVALID_KEY_USAGE,
          INVALID_ALIAS_NAME,
          INVALID_ARN,
          INVALID_MARKER,
          TAG,
          LIMIT_EXCEEDED,
          CONFLICT,
          DRY_RUN,
          INVALID_GRANT_TOKEN,
          INVALID_GRANT_ID,
          INVALID_IMPORT_TOKEN,
          EXPIRED_IMPORT_TOKEN,
          INCORRECT_KEY_MATERIAL,
          INVALID_MAC,
          INVALID_SIGNATURE_OF_KEY,
          INVALID_TIME_RANGE,
          INVALID_NEXT_TOKEN,
          INVALID_MAX_RESULTS,
          INVALID_LOOKUP_ATTRIBUTES,
          TRAIL_NOT_FOUND,
          NO_SUCH_BUCKET,
          NO_SUCH_KEY,
          INVALID_ARGUMENT,
          PRECONDITION_FAILED,
          NOT_IMPLEMENTED,
          INVALID_RANGE ->
          "ValidationError";
    };
  }

  /** The HTTP status that STS answers with. */
  public static int status(KmsErrorCode error) {
    return switch (error.kind()) {
      case DENIED -> error == KmsErrorCode.INCOMPLETE_SIGNATURE ? 400 : 403;
      default -> error.status();
    };
  }
}
