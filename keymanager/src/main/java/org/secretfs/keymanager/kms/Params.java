package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** The members of a request, read with their types and ranges, refused in AWS's words. */
public final class Params {
  private static final double MOST_SECONDS = 1e11;

  private final ObjectNode json;

  /** Those of a request. */
  public Params(ObjectNode json) {
    this.json = json;
  }

  /**
   * Refuses members that the operation does not know. AWS ignores them; but one that is ignored
   * here could have been a restriction, and then the answer would give what was not asked for.
   */
  public void requireKnown(Set<String> known) throws Refused {
    for (String name : (Iterable<String>) json::fieldNames) {
      if (!known.contains(name)) {
        throw new Refused(
            KmsErrorCode.VALIDATION, "Member '%s' is not supported.".formatted(bounded(name)));
      }
    }
  }

  /** Whether a member is there, and not null. */
  public boolean has(String name) {
    return value(name) != null;
  }

  private @Nullable JsonNode value(String name) {
    JsonNode value = json.get(name);
    return value == null || value.isNull() ? null : value;
  }

  /** A text of so many characters. */
  public Optional<String> text(String name, int least, int most) throws Refused {
    JsonNode value = value(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw notConvertible(value, "String");
    }
    String text = value.textValue();
    Constraints.length(member(name), text, least, most);
    return Optional.of(text);
  }

  String requiredText(String name, int least, int most) throws Refused {
    return text(name, least, most).orElseThrow(() -> Constraints.missing(member(name)));
  }

  /** A key id, key ARN, alias name or alias ARN. */
  Optional<String> keyId(String name) throws Refused {
    return text(name, 1, 2048);
  }

  String requiredKeyId() throws Refused {
    return keyId("KeyId").orElseThrow(() -> Constraints.missing("keyId"));
  }

  /** A whole number within bounds. */
  public OptionalInt number(String name, int least, int most) throws Refused {
    JsonNode value = value(name);
    if (value == null) {
      return OptionalInt.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw notConvertible(value, "Integer");
    }
    Constraints.range(member(name), value.intValue(), least, most);
    return OptionalInt.of(value.intValue());
  }

  /** A time, in seconds since 1970 with or without decimals. */
  public Optional<Instant> time(String name) throws Refused {
    JsonNode value = value(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!value.isNumber() || Math.abs(value.doubleValue()) > MOST_SECONDS) {
      throw notConvertible(value, "Timestamp");
    }
    return Optional.of(Instant.ofEpochMilli(Math.round(value.doubleValue() * 1000)));
  }

  /** Whether a member is true. */
  public boolean flag(String name) throws Refused {
    JsonNode value = value(name);
    if (value != null && !value.isBoolean()) {
      throw notConvertible(value, "Boolean");
    }
    return value != null && value.booleanValue();
  }

  byte[] requiredBlob(String name, int least, int most) throws Refused {
    JsonNode value = value(name);
    if (value == null) {
      throw Constraints.missing(member(name));
    }
    if (!value.isTextual()) {
      throw notConvertible(value, "Blob");
    }
    byte[] bytes = decoded(value.textValue());
    Constraints.blobLength(member(name), bytes.length, least, most);
    return bytes;
  }

  private static byte[] decoded(String base64) throws Refused {
    try {
      return Base64.getDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw new Refused(KmsErrorCode.SERIALIZATION, "Blob is not valid Base64");
    }
  }

  Optional<String> choice(String name, List<String> values) throws Refused {
    Optional<String> text = text(name, 0, 4096);
    if (text.isPresent()) {
      Constraints.oneOf(member(name), text.get(), values);
    }
    return text;
  }

  /** Pairs of strings, sorted; empty if the member is missing. */
  SortedMap<String, String> pairs(String name) throws Refused {
    SortedMap<String, String> pairs = new TreeMap<>();
    JsonNode value = value(name);
    if (value != null && !value.isObject()) {
      throw notConvertible(value, "Map");
    }
    if (value != null) {
      for (Map.Entry<String, JsonNode> pair : value.properties()) {
        if (!pair.getValue().isTextual()) {
          throw notConvertible(pair.getValue(), "String");
        }
        pairs.put(pair.getKey(), pair.getValue().textValue());
      }
    }
    return pairs;
  }

  /** A list of texts; empty if the member is missing. */
  public List<String> texts(String name) throws Refused {
    List<String> texts = new ArrayList<>();
    for (JsonNode item : array(name)) {
      if (!item.isTextual()) {
        throw notConvertible(item, "String");
      }
      texts.add(item.textValue());
    }
    return texts;
  }

  /** A list of objects; empty if the member is missing. */
  public List<Params> objects(String name) throws Refused {
    List<Params> objects = new ArrayList<>();
    for (JsonNode item : array(name)) {
      if (!(item instanceof ObjectNode object)) {
        throw notConvertible(item, "Structure");
      }
      objects.add(new Params(object));
    }
    return objects;
  }

  Optional<Params> object(String name) throws Refused {
    JsonNode value = value(name);
    if (value == null) {
      return Optional.empty();
    }
    if (!(value instanceof ObjectNode object)) {
      throw notConvertible(value, "Structure");
    }
    return Optional.of(new Params(object));
  }

  private Iterable<JsonNode> array(String name) throws Refused {
    JsonNode value = value(name);
    if (value != null && !value.isArray()) {
      throw notConvertible(value, "List");
    }
    return value == null ? List.of() : value;
  }

  private static Refused notConvertible(JsonNode value, String type) {
    return new Refused(
        KmsErrorCode.SERIALIZATION,
        "%s_VALUE cannot be converted to %s".formatted(value.getNodeType(), type));
  }

  /** AWS names members in messages with a small first letter. */
  private static String member(String name) {
    return Character.toLowerCase(name.charAt(0)) + name.substring(1);
  }

  private static String bounded(String name) {
    return name.length() <= 64 ? name : name.substring(0, 64);
  }
}
