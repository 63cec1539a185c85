package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Compares an answer with a recorded one, in which names in angle brackets stand for anything. */
final class Recording {
  /** Members that AWS added after the recording. */
  private static final Set<String> NEWER =
      Set.of("KeyMaterialId", "SourceKeyMaterialId", "DestinationKeyMaterialId");

  private Recording() {}

  /** What was recorded, by the names of the scenarios. */
  static Map<String, JsonNode> byName(JsonNode recorded) {
    Map<String, JsonNode> all = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> one : recorded.properties()) {
      String name = one.getKey().substring(one.getKey().lastIndexOf("::") + 2);
      all.put(name, one.getValue().path("recorded-content"));
    }
    return all;
  }

  /** Fails unless every answer, by its name, is as recorded. */
  static void compare(JsonNode expected, Map<String, JsonNode> answers) {
    Set<String> labels = new TreeSet<>();
    expected.fieldNames().forEachRemaining(labels::add);
    assertThat(answers.keySet()).containsExactlyInAnyOrderElementsOf(labels);
    List<String> differences = new ArrayList<>();
    answers.forEach((label, answer) -> differ(label, expected.path(label), answer, differences));
    assertThat(differences).isEmpty();
  }

  static void differ(String path, JsonNode expected, JsonNode actual, List<String> differences) {
    if (expected.isObject()) {
      objectsDiffer(path, expected, actual, differences);
    } else if (expected.isArray()) {
      if (expected.size() != actual.size()) {
        differences.add("%s: %s where %s".formatted(path, actual, expected));
      }
      for (int i = 0; i < Math.min(expected.size(), actual.size()); i++) {
        differ(path + "/" + i, expected.get(i), actual.get(i), differences);
      }
    } else if (!valuesMatch(expected, actual)) {
      differences.add("%s: %s where %s".formatted(path, actual, expected));
    }
  }

  private static void objectsDiffer(
      String path, JsonNode expected, JsonNode actual, List<String> differences) {
    for (Map.Entry<String, JsonNode> member : expected.properties()) {
      String name = member.getKey();
      // The recording repeats the error's message, and tells the status of successes we know of.
      boolean skipped = name.equals("message") || name.equals("HTTPHeaders");
      boolean success = name.equals("ResponseMetadata") && !expected.has("Error");
      if (!skipped && !success) {
        differ(path + "/" + name, member.getValue(), actual.path(name), differences);
      }
    }
    for (Map.Entry<String, JsonNode> member : actual.properties()) {
      if (!expected.has(member.getKey()) && !NEWER.contains(member.getKey())) {
        differences.add("%s/%s: is not in the recording".formatted(path, member.getKey()));
      }
    }
  }

  private static boolean valuesMatch(JsonNode expected, JsonNode actual) {
    if (!expected.isTextual()) {
      return expected.equals(actual);
    }
    String text = expected.textValue();
    return switch (text) {
      case "datetime" -> actual.isNumber();
      case "plaintext",
          "ciphertext-blob",
          "public-key",
          "private-key-plaintext",
          "private-key-ciphertext-blob",
          "shared-secret" ->
          actual.isTextual() && !actual.textValue().isEmpty();
      default -> actual.isTextual() && pattern(text).matcher(actual.textValue()).matches();
    };
  }

  private static Pattern pattern(String text) {
    StringBuilder pattern = new StringBuilder();
    for (String part : text.split("(?<=>)|(?=<)", -1)) {
      pattern.append(part.matches("<[^>]*>") ? ".+" : Pattern.quote(part));
    }
    return Pattern.compile(pattern.toString(), Pattern.DOTALL);
  }
}
