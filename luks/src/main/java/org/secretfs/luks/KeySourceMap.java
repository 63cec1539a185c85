package org.secretfs.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** The {@code key_source} of a token: texts and objects of texts, bounded in depth and number. */
final class KeySourceMap {
  private static final int MAX_DEPTH = 4;
  private static final int MAX_ENTRIES = 64;
  private static final int MAX_TEXT_CHARS = 8192;

  private final Fields root;
  private int entries;

  private KeySourceMap(Fields root) {
    this.root = root;
  }

  static Map<String, Object> read(Fields keySource) throws LuksException {
    if (keySource.text("kind").isEmpty()) {
      throw keySource.broken("kind", "must not be empty");
    }
    return new KeySourceMap(keySource).map(keySource.node(), 1);
  }

  private Map<String, Object> map(ObjectNode node, int depth) throws LuksException {
    entries += node.size();
    if (depth > MAX_DEPTH || entries > MAX_ENTRIES) {
      throw root.broken(
          "must be at most %d deep with %d entries".formatted(MAX_DEPTH, MAX_ENTRIES));
    }
    Map<String, Object> map = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : node.properties()) {
      map.put(entry.getKey(), value(entry.getValue(), depth));
    }
    return Collections.unmodifiableMap(map);
  }

  private Object value(JsonNode node, int depth) throws LuksException {
    if (node instanceof ObjectNode object) {
      return map(object, depth + 1);
    }
    if (!node.isTextual() || node.textValue().length() > MAX_TEXT_CHARS) {
      throw root.broken(
          "values must be texts of at most %d characters or objects".formatted(MAX_TEXT_CHARS));
    }
    return node.textValue();
  }

  static ObjectNode write(Map<String, ?> keySource) throws LuksException {
    return write(keySource, 1);
  }

  private static ObjectNode write(Map<?, ?> map, int depth) throws LuksException {
    if (depth > MAX_DEPTH) {
      throw new LuksException.TokenInvalid(
          "key source: must be at most %d deep".formatted(MAX_DEPTH));
    }
    ObjectNode node = HeaderJson.newObject();
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      String name = String.valueOf(entry.getKey());
      switch (entry.getValue()) {
        case String text -> node.put(name, text);
        case Map<?, ?> inner -> node.set(name, write(inner, depth + 1));
        default ->
            throw new LuksException.TokenInvalid(
                "key source: the value of \"%s\" must be a text or a map".formatted(name));
      }
    }
    return node;
  }
}
