package org.secretfs.keymanager.s3;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.sigv4.HttpMessage;
import org.secretfs.keymanager.sigv4.UriCoding;

/** A request of the S3 API with the bucket in the path, its parts decoded. */
public final class S3Request {
  private final HttpMessage message;
  private final String bucket;
  private final String key;
  private final Map<String, String> query;

  private S3Request(HttpMessage message, String bucket, String key, Map<String, String> query) {
    this.message = message;
    this.bucket = bucket;
    this.key = key;
    this.query = query;
  }

  /** Takes a request apart; refuses what has not the form of one. */
  public static S3Request of(HttpMessage message) throws Refused {
    String path = message.rawPath();
    int slash = path.indexOf('/', 1);
    String bucket = slash < 0 ? path.substring(1) : path.substring(1, slash);
    String key = slash < 0 ? "" : decoded(path.substring(slash + 1));
    if (!key.isEmpty() && !ObjectKey.isValid(key)) {
      throw invalid(
          "Keys have printable ASCII characters, at most 1024, and parts between slashes of 1 to"
              + " 200 that do not begin with a dot.");
    }
    return new S3Request(message, decoded(bucket), key, query(message.rawQuery()));
  }

  private static Map<String, String> query(String raw) throws Refused {
    Map<String, String> query = new LinkedHashMap<>();
    int start = 0;
    while (start < raw.length()) {
      int end = raw.indexOf('&', start);
      String part = raw.substring(start, end < 0 ? raw.length() : end);
      int equals = part.indexOf('=');
      String name = decoded(equals < 0 ? part : part.substring(0, equals));
      String value = equals < 0 ? "" : decoded(part.substring(equals + 1));
      if (!part.isEmpty() && query.put(name, value) != null) {
        throw invalid("A parameter is given twice.");
      }
      start = end < 0 ? raw.length() : end + 1;
    }
    return query;
  }

  private static String decoded(String text) {
    return new String(UriCoding.decode(text), StandardCharsets.UTF_8);
  }

  static Refused invalid(String message) {
    return new Refused(KmsErrorCode.INVALID_ARGUMENT, message);
  }

  String method() {
    return message.method();
  }

  /** The bucket's name; empty for the list of buckets. */
  public String bucket() {
    return bucket;
  }

  /** The object's key; empty for the bucket itself. */
  public String key() {
    return key;
  }

  Map<String, String> query() {
    return query;
  }

  Optional<String> header(String lowerCaseName) {
    return message.first(lowerCaseName);
  }

  byte[] body() {
    return message.body();
  }

  /** The metadata that a put brings. */
  Map<String, String> metadata() throws Refused {
    Map<String, String> metadata = new LinkedHashMap<>();
    int chars = 0;
    for (HttpMessage.Field header : message.headers()) {
      if (header.name().startsWith(S3Answer.METADATA)) {
        String name = header.name().substring(S3Answer.METADATA.length());
        chars += name.length() + header.value().length();
        if (metadata.put(name, header.value()) != null || chars > S3Answer.MOST_METADATA_CHARS) {
          throw invalid("Metadata has at most 2048 characters, and each name once.");
        }
      }
    }
    return metadata;
  }

  /** The operation, by the name that S3 gives it; {@code Unknown} for what is not done here. */
  public String operation() {
    return switch (message.method()) {
      case "GET" -> bucket.isEmpty() ? "ListBuckets" : key.isEmpty() ? ofBucket() : "GetObject";
      case "HEAD" -> bucket.isEmpty() ? "Unknown" : key.isEmpty() ? "HeadBucket" : "HeadObject";
      case "PUT" -> key.isEmpty() ? "Unknown" : "PutObject";
      case "DELETE" -> key.isEmpty() ? "Unknown" : "DeleteObject";
      default -> "Unknown";
    };
  }

  private String ofBucket() {
    if (query.containsKey("location")) {
      return "GetBucketLocation";
    }
    return "2".equals(query.get("list-type")) ? "ListObjectsV2" : "ListObjects";
  }
}
