package org.secretfs.keymanager.s3;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.LinkedHashMap;
import java.util.Map;

/** An answer of the S3 API. The body is not copied. */
public final class S3Answer {
  static final String METADATA = "x-amz-meta-";
  static final int MOST_METADATA_CHARS = 2048;

  private final int status;
  private final byte[] body;
  private final Map<String, String> headers = new LinkedHashMap<>();

  private S3Answer(int status, byte[] body) {
    this.status = status;
    this.body = body;
  }

  /** One without a body. */
  static S3Answer empty(int status) {
    return new S3Answer(status, new byte[0]);
  }

  /** One in XML. */
  static S3Answer xml(String xml) {
    return new S3Answer(200, xml.getBytes(StandardCharsets.UTF_8))
        .with("content-type", "application/xml");
  }

  /** An object, or a part of it. */
  static S3Answer object(int status, StoredObject object, byte[] part) {
    S3Answer answer =
        new S3Answer(status, part)
            .with("content-type", object.contentType())
            .with("etag", '"' + object.etag() + '"')
            .with("accept-ranges", "bytes")
            .with("last-modified", date(object.modified()));
    object.metadata().forEach((name, value) -> answer.with(METADATA + name, value));
    return answer;
  }

  private static String date(Instant time) {
    return DateTimeFormatter.RFC_1123_DATE_TIME.format(time.atOffset(ZoneOffset.UTC));
  }

  S3Answer with(String name, String value) {
    headers.put(name, value);
    return this;
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The body itself; for HEAD that of GET. */
  public byte[] body() {
    return body;
  }

  /** Names in lower case. */
  public Map<String, String> headers() {
    return Map.copyOf(headers);
  }
}
