package org.secretfs.bench;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.net.URI;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Clock;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.secretfs.crypto.HmacSha256;
import org.secretfs.crypto.memory.SecretBuffer;

/** Signs requests of the KMS API with credentials that are good for nothing but a measurement. */
final class LoadSigner {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'", Locale.ROOT);
  private static final String SIGNED = "content-type;host;x-amz-date;x-amz-target";

  private final String host;
  private final String accessKeyId;
  private final String secretAccessKey;

  private LoadSigner(String host, String accessKeyId, String secretAccessKey) {
    this.host = host;
    this.accessKeyId = accessKeyId;
    this.secretAccessKey = secretAccessKey;
  }

  static LoadSigner fromEnvironment(URI endpoint) {
    return new LoadSigner(
        endpoint.getHost() + ":" + endpoint.getPort(),
        Objects.requireNonNull(System.getenv("AWS_ACCESS_KEY_ID"), "AWS_ACCESS_KEY_ID"),
        Objects.requireNonNull(System.getenv("AWS_SECRET_ACCESS_KEY"), "AWS_SECRET_ACCESS_KEY"));
  }

  /** A whole request, good for five minutes. */
  byte[] request(String operation, String body) {
    String time = TIME.format(Clock.systemUTC().instant().atOffset(ZoneOffset.UTC));
    String scope = time.substring(0, 8) + "/us-east-1/kms/aws4_request";
    List<String> headers =
        List.of(
            "content-type:application/x-amz-json-1.1",
            "host:" + host,
            "x-amz-date:" + time,
            "x-amz-target:TrentService." + operation);
    String canonical =
        "POST\n/\n\n%s\n\n%s\n%s".formatted(String.join("\n", headers), SIGNED, sha256(body));
    String toSign = "AWS4-HMAC-SHA256\n%s\n%s\n%s".formatted(time, scope, sha256(canonical));
    String authorization =
        "AWS4-HMAC-SHA256 Credential=%s/%s, SignedHeaders=%s, Signature=%s"
            .formatted(accessKeyId, scope, SIGNED, signature(scope, toSign));
    String request =
        "POST / HTTP/1.1\r\n%s\r\nauthorization:%s\r\ncontent-length:%d\r\n\r\n%s"
            .formatted(String.join("\r\n", headers), authorization, body.length(), body);
    return request.getBytes(US_ASCII);
  }

  private String signature(String scope, String toSign) {
    byte[] key = ("AWS4" + secretAccessKey).getBytes(US_ASCII);
    for (String part : List.of(scope.split("/", -1))) {
      key = mac(key, part);
    }
    return HexFormat.of().formatHex(mac(key, toSign));
  }

  private static byte[] mac(byte[] key, String text) {
    try (SecretBuffer secret = SecretBuffer.takeFrom(key)) {
      return HmacSha256.mac(secret, text.getBytes(US_ASCII));
    }
  }

  private static String sha256(String text) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(text.getBytes(US_ASCII)));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
