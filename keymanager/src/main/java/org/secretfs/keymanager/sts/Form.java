package org.secretfs.keymanager.sts;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.sigv4.UriCoding;

/** The parameters of a request of the query protocol: each given once, none that is not known. */
final class Form {
  private static final int MOST_PARAMETERS = 100;
  private static final Set<String> COMMON = Set.of("Action", "Version");

  private final Map<String, String> values;

  private Form(Map<String, String> values) {
    this.values = values;
  }

  /** Reads {@code name=value&…}; parameters of the signature are left out. */
  static Form parse(String text) throws Refused {
    Map<String, String> values = new TreeMap<>();
    for (String part : text.split("&", -1)) {
      int equals = part.indexOf('=');
      String name = decoded(equals < 0 ? part : part.substring(0, equals));
      String value = equals < 0 ? "" : decoded(part.substring(equals + 1));
      if (name.isEmpty() || name.startsWith("X-Amz-")) {
        continue;
      }
      if (values.put(name, value) != null || values.size() > MOST_PARAMETERS) {
        throw invalid("Parameter '%s' is given twice, or there are too many.".formatted(name));
      }
    }
    return new Form(values);
  }

  private static String decoded(String text) throws Refused {
    try {
      byte[] bytes = UriCoding.decode(text.replace('+', ' '));
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw invalid("The request is not UTF-8.");
    }
  }

  String action() {
    return values.getOrDefault("Action", "");
  }

  /** Refuses what could have been a restriction and would be ignored. */
  void requireKnown(Set<String> known) throws Refused {
    for (String name : values.keySet()) {
      if (!known.contains(name) && !COMMON.contains(name)) {
        throw invalid(
            "Parameter '%s' is not supported."
                .formatted(name.length() > 64 ? name.substring(0, 64) : name));
      }
    }
  }

  Optional<String> text(String name, int least, int most, String pattern) throws Refused {
    String value = values.get(name);
    if (value == null) {
      return Optional.empty();
    }
    if (value.length() < least || value.length() > most || !value.matches(pattern)) {
      throw invalid(
          "1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must have length %d to %d and satisfy regular expression pattern: %s"
              .formatted(value.length() > 64 ? "…" : value, name, least, most, pattern));
    }
    return Optional.of(value);
  }

  String required(String name, int least, int most, String pattern) throws Refused {
    return text(name, least, most, pattern)
        .orElseThrow(() ->
            invalid(
                "1 validation error detected: Value null at '%s' failed to satisfy constraint: Member must not be null"
                    .formatted(name)));
  }

  int seconds(String name, int least, int most, int otherwise) throws Refused {
    Optional<String> text = text(name, 1, 9, "[0-9]+");
    int value = text.map(Integer::parseInt).orElse(otherwise);
    if (value < least || value > most) {
      throw invalid(
          "The requested %s exceeds the range of %d to %d seconds set for this request."
              .formatted(name, least, most));
    }
    return value;
  }

  static Refused invalid(String message) {
    return new Refused(KmsErrorCode.VALIDATION, message);
  }
}
