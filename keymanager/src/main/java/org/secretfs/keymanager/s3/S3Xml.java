package org.secretfs.keymanager.s3;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** The XML of the S3 API. */
public final class S3Xml {
  private static final String HEAD = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  private static final String NAMESPACE = " xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"";

  private final StringBuilder xml = new StringBuilder(HEAD);

  private S3Xml() {}

  /** A refusal. */
  public static byte[] refusal(Refused refusal, String requestId) {
    S3Xml xml = new S3Xml();
    xml.xml.append("<Error>");
    xml.element("Code", code(refusal.error()));
    xml.element("Message", refusal.text());
    xml.element("RequestId", requestId);
    return xml.xml.append("</Error>").toString().getBytes(StandardCharsets.UTF_8);
  }

  static String location(String region) {
    // S3's oldest region has no name here.
    String name = region.equals("us-east-1") ? "" : region;
    return HEAD + "<LocationConstraint" + NAMESPACE + ">" + name + "</LocationConstraint>";
  }

  static String buckets(List<String> names, String owner) {
    S3Xml xml = new S3Xml();
    xml.xml.append("<ListAllMyBucketsResult").append(NAMESPACE).append("><Owner>");
    xml.element("ID", owner);
    xml.xml.append("</Owner><Buckets>");
    for (String name : names) {
      xml.xml.append("<Bucket>");
      xml.element("Name", name);
      xml.time("CreationDate", Instant.EPOCH);
      xml.xml.append("</Bucket>");
    }
    return xml.xml.append("</Buckets></ListAllMyBucketsResult>").toString();
  }

  static String listing(ListRequest asked, Listing listing) {
    S3Xml xml = new S3Xml();
    xml.xml.append("<ListBucketResult").append(NAMESPACE).append('>');
    asked.members().forEach(xml::element);
    xml.element("IsTruncated", Boolean.toString(listing.next() != null));
    if (listing.next() != null) {
      xml.element(asked.nextName(), asked.next(listing.next()));
    }
    for (Listing.Found found : listing.objects()) {
      xml.xml.append("<Contents>");
      xml.element("Key", asked.shown(found.key()));
      xml.time("LastModified", found.modified());
      xml.element("Size", Long.toString(found.bytes()));
      xml.element("StorageClass", "STANDARD");
      xml.xml.append("</Contents>");
    }
    for (String prefix : listing.prefixes()) {
      xml.xml.append("<CommonPrefixes>");
      xml.element("Prefix", asked.shown(prefix));
      xml.xml.append("</CommonPrefixes>");
    }
    return xml.xml.append("</ListBucketResult>").toString();
  }

  private void time(String name, Instant time) {
    element(name, time.truncatedTo(ChronoUnit.SECONDS).toString());
  }

  private void element(String name, String value) {
    String escaped =
        value
            .replaceAll("[\\x00-\\x08\\x0B\\x0C\\x0E-\\x1F\\uFFFE\\uFFFF]", "?")
            .replace("&", "&amp;")
            .replace("<", "&lt;")
            .replace(">", "&gt;");
    xml.append('<').append(name).append('>').append(escaped);
    xml.append("</").append(name).append('>');
  }

  /** The names that S3 has for what went wrong before its operations begin. */
  private static String code(KmsErrorCode error) {
    return switch (error) {
      case ACCESS_DENIED, MISSING_AUTHENTICATION_TOKEN -> "AccessDenied";
      case INCOMPLETE_SIGNATURE -> "AuthorizationHeaderMalformed";
      case INVALID_SIGNATURE -> "SignatureDoesNotMatch";
      case UNRECOGNIZED_CLIENT -> "InvalidAccessKeyId";
      case EXPIRED_TOKEN -> "ExpiredToken";
      case REQUEST_TOO_LARGE -> "EntityTooLarge";
      case BAD_REQUEST -> "InvalidRequest";
      case THROTTLED -> "SlowDown";
      case INTERNAL -> "InternalError";
      case NOT_RECORDED -> "ServiceUnavailable";
      default -> error.type();
    };
  }

  /** The HTTP status that S3 answers with. */
  public static int status(KmsErrorCode error) {
    return switch (error) {
      case ACCESS_DENIED, MISSING_AUTHENTICATION_TOKEN, INVALID_SIGNATURE, UNRECOGNIZED_CLIENT ->
          403;
      case THROTTLED -> 503;
      default -> error.status();
    };
  }
}
