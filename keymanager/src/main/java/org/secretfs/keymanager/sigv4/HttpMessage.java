package org.secretfs.keymanager.sigv4;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** A request as it came, before anything was decoded. */
public final class HttpMessage {
  private final String method;
  private final String rawPath;
  private final String rawQuery;
  private final List<Field> headers;
  private final byte[] body;

  /**
   * Makes one.
   *
   * @param method as in {@code POST}
   * @param rawPath the path, still percent-encoded
   * @param rawQuery what follows the question mark, still percent-encoded; empty if nothing
   * @param headers in the order in which they came, names in lower case
   * @param body the body, not copied
   */
  public HttpMessage(
      String method, String rawPath, String rawQuery, List<Field> headers, byte[] body) {
    this.method = method;
    this.rawPath = rawPath;
    this.rawQuery = rawQuery;
    this.headers = List.copyOf(headers);
    this.body = body;
  }

  /** As in {@code POST}. */
  public String method() {
    return method;
  }

  /** The path, still percent-encoded. */
  public String rawPath() {
    return rawPath;
  }

  /** What follows the question mark, still percent-encoded. */
  public String rawQuery() {
    return rawQuery;
  }

  /** In the order in which they came, names in lower case. */
  public List<Field> headers() {
    return headers;
  }

  /** The body itself. */
  public byte[] body() {
    return body;
  }

  /**
   * A header field or a query parameter.
   *
   * @param name its name
   * @param value its value
   */
  public record Field(String name, String value) {
    /** A header field: its name in lower case. */
    public static Field header(String name, String value) {
      return new Field(name.toLowerCase(Locale.ROOT), value);
    }
  }

  /** All values of a header, in their order. */
  public List<String> all(String lowerCaseName) {
    return headers.stream()
        .filter(header -> header.name().equals(lowerCaseName))
        .map(Field::value)
        .toList();
  }

  /** The first value of a header. */
  public Optional<String> first(String lowerCaseName) {
    return all(lowerCaseName).stream().findFirst();
  }
}
