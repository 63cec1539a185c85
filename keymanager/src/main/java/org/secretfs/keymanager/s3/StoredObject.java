package org.secretfs.keymanager.s3;

import java.time.Instant;
import java.util.Map;

/** An object with what is known about it. The content is not copied. */
public final class StoredObject {
  private final byte[] content;
  private final String etag;
  private final Instant modified;
  private final String contentType;
  private final Map<String, String> metadata;

  StoredObject(
      byte[] content,
      String etag,
      Instant modified,
      String contentType,
      Map<String, String> metadata) {
    this.content = content;
    this.etag = etag;
    this.modified = modified;
    this.contentType = contentType;
    this.metadata = Map.copyOf(metadata);
  }

  /** The content itself. */
  public byte[] content() {
    return content;
  }

  /** MD5 of the content, in hexadecimal digits. */
  public String etag() {
    return etag;
  }

  /** When it was put. */
  public Instant modified() {
    return modified;
  }

  /** As it was put. */
  public String contentType() {
    return contentType;
  }

  /** Names in lower case, without {@code x-amz-meta-}. */
  public Map<String, String> metadata() {
    return metadata;
  }
}
