package org.secretfs.keymanager.sigv4;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.secretfs.keymanager.sigv4.HttpMessage.Field;

/**
 * The one form of a request that its signature covers.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html">Create
 *     a signed AWS API request</a>
 */
final class CanonicalRequest {
  private static final Comparator<Field> BY_NAME_THEN_VALUE =
      Comparator.comparing(Field::name).thenComparing(Field::value);

  private CanonicalRequest() {}

  /**
   * Writes it.
   *
   * @param path the path, canonical already
   * @param query decoded parameters, without the signature
   * @param signedHeaders in lower case, as the signer listed them
   */
  static String of(
      HttpMessage message,
      String path,
      List<Field> query,
      List<String> signedHeaders,
      String payloadHash) {
    StringBuilder text = new StringBuilder(512);
    text.append(message.method()).append('\n');
    text.append(path).append('\n');
    text.append(query(query)).append('\n');
    for (String name : signedHeaders) {
      text.append(name).append(':').append(value(message.all(name))).append('\n');
    }
    text.append('\n').append(String.join(";", signedHeaders)).append('\n');
    return text.append(payloadHash).toString();
  }

  /** The parameters of a raw query, decoded, in their order. */
  static List<Field> parameters(String rawQuery) {
    List<Field> parameters = new ArrayList<>();
    for (String part : rawQuery.split("&", -1)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      if (!part.isEmpty()) {
        String value = equals < 0 ? "" : part.substring(equals + 1);
        parameters.add(new Field(decoded(name), decoded(value)));
      }
    }
    return parameters;
  }

  private static String decoded(String text) {
    // One character for each byte, so that nothing is lost where it is not UTF-8.
    return new String(UriCoding.decode(text), StandardCharsets.ISO_8859_1);
  }

  private static String query(List<Field> parameters) {
    return parameters.stream()
        .map(field -> new Field(encoded(field.name()), encoded(field.value())))
        .sorted(BY_NAME_THEN_VALUE)
        .map(field -> field.name() + "=" + field.value())
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return UriCoding.encode(text.getBytes(StandardCharsets.ISO_8859_1), false);
  }

  private static String value(List<String> values) {
    return values.stream().map(CanonicalRequest::collapsed).collect(Collectors.joining(","));
  }

  private static String collapsed(String value) {
    return value.strip().replaceAll("[ \\t\\r\\n]+", " ");
  }

  /** A path without empty and dot segments, encoded; for services other than S3. */
  static String normalizedPath(String rawPath) {
    List<String> kept = new ArrayList<>();
    String[] segments = rawPath.split("/", -1);
    for (String segment : segments) {
      if (segment.equals("..") && !kept.isEmpty()) {
        kept.removeLast();
      } else if (!segment.isEmpty() && !segment.equals(".") && !segment.equals("..")) {
        kept.add(segment);
      }
    }
    String last = segments[segments.length - 1];
    boolean directory = last.isEmpty() || last.equals(".") || last.equals("..");
    String path = "/" + String.join("/", kept);
    return encodedPath(directory && !kept.isEmpty() ? path + "/" : path);
  }

  /** A path with each character encoded once, nothing else changed; for S3. */
  static String pathAsItIs(String rawPath) {
    return UriCoding.encode(UriCoding.decode(rawPath), true);
  }

  /** A path as it came, encoded. */
  static String encodedPath(String rawPath) {
    return UriCoding.encode(rawPath.getBytes(StandardCharsets.UTF_8), true);
  }
}
