package org.secretfs.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.Collections;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A JSON object under its path, read field by field; what breaks a rule names path and value. */
final class Fields {
  private static final Pattern DECIMAL = Pattern.compile("[0-9]{1,19}");
  private static final Pattern NUMBER = Pattern.compile("0|[1-9][0-9]{0,2}");
  private static final int MOST_SHOWN_CHARS = 60;

  private final String path;
  private final ObjectNode node;
  private final Function<String, LuksException> failure;

  Fields(String path, ObjectNode node, Function<String, LuksException> failure) {
    this.path = path;
    this.node = node;
    this.failure = failure;
  }

  String path() {
    return path;
  }

  ObjectNode node() {
    return node;
  }

  boolean has(String name) {
    return node.has(name);
  }

  LuksException broken(String name, String rule) {
    JsonNode value = node.get(name);
    String shown = value == null ? "missing" : shorten(value.toString());
    return failure.apply("%s is %s: %s".formatted(at(name), shown, rule));
  }

  LuksException broken(String rule) {
    return failure.apply("%s: %s".formatted(path.isEmpty() ? "JSON" : path, rule));
  }

  static String shorten(String text) {
    String printable = text.replaceAll("\\p{Cntrl}", "?");
    return printable.length() <= MOST_SHOWN_CHARS
        ? printable
        : printable.substring(0, MOST_SHOWN_CHARS) + "…";
  }

  private String at(String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  String text(String name) throws LuksException {
    JsonNode value = node.get(name);
    if (value == null || !value.isTextual()) {
      throw broken(name, "must be text");
    }
    return value.textValue();
  }

  /** Text of one character or more. */
  String name(String name) throws LuksException {
    String value = text(name);
    if (value.isEmpty()) {
      throw broken(name, "must not be empty");
    }
    return value;
  }

  /** Text that is one of {@code allowed}. */
  String textOf(String name, String allowed) throws LuksException {
    String value = text(name);
    if (!value.equals(allowed)) {
      throw broken(name, "must be \"%s\"".formatted(allowed));
    }
    return value;
  }

  /** A 64-bit number, which LUKS2 writes as decimal text; values past 2^63 - 1 are refused. */
  long decimal(String name) throws LuksException {
    String value = text(name);
    if (DECIMAL.matcher(value).matches()) {
      try {
        return Long.parseLong(value);
      } catch (NumberFormatException e) {
        throw broken(name, "must be at most 2^63 - 1");
      }
    }
    throw broken(name, "must be a decimal number as text, at most 2^63 - 1");
  }

  int number(String name, int least, int most) throws LuksException {
    JsonNode value = node.get(name);
    if (value == null || !value.isIntegralNumber() || !value.canConvertToInt()) {
      throw broken(name, "must be a number from %d to %d".formatted(least, most));
    }
    int number = value.intValue();
    if (number < least || number > most) {
      throw broken(name, "must be from %d to %d".formatted(least, most));
    }
    return number;
  }

  /** Base64 text of {@code least} to {@code most} bytes, as it stands. */
  String base64(String name, int least, int most) throws LuksException {
    String value = text(name);
    int lengthBytes = decodedLength(value);
    if (lengthBytes < least || lengthBytes > most) {
      throw broken(name, "must be base64 of %d to %d bytes".formatted(least, most));
    }
    return value;
  }

  private static int decodedLength(String value) {
    try {
      return Base64.getDecoder().decode(value).length;
    } catch (IllegalArgumentException e) {
      return -1;
    }
  }

  Fields object(String name) throws LuksException {
    if (node.get(name) instanceof ObjectNode object) {
      return new Fields(at(name), object, failure);
    }
    throw broken(name, "must be an object");
  }

  @Nullable ArrayNode arrayIfPresent(String name) throws LuksException {
    JsonNode value = node.get(name);
    if (value == null) {
      return null;
    }
    if (value instanceof ArrayNode array) {
      return array;
    }
    throw broken(name, "must be an array");
  }

  /** An array of texts without repetition. */
  SortedSet<String> texts(String name) throws LuksException {
    ArrayNode array = arrayIfPresent(name);
    if (array == null) {
      throw broken(name, "must be an array");
    }
    SortedSet<String> texts = new TreeSet<>();
    for (JsonNode element : array) {
      if (!element.isTextual() || !texts.add(element.textValue())) {
        throw broken(name, "must hold texts, each once");
      }
    }
    return texts;
  }

  /** An array of numbers written as text, each once. */
  SortedSet<Integer> numbers(String name) throws LuksException {
    SortedSet<Integer> numbers = new TreeSet<>();
    for (String text : texts(name)) {
      if (!NUMBER.matcher(text).matches()) {
        throw broken(name, "must hold numbers as text");
      }
      numbers.add(Integer.valueOf(text));
    }
    return Collections.unmodifiableSortedSet(numbers);
  }

  /** The objects of an object whose keys are numbers from 0 to {@code most}. */
  SortedMap<Integer, Fields> numbered(String name, int most) throws LuksException {
    Fields parent = object(name);
    SortedMap<Integer, Fields> children = new TreeMap<>();
    for (String key : (Iterable<String>) parent.node::fieldNames) {
      if (!NUMBER.matcher(key).matches() || Integer.parseInt(key) > most) {
        throw parent.broken("key \"%s\": must be a number up to %d".formatted(shorten(key), most));
      }
      children.put(Integer.valueOf(key), parent.object(key));
    }
    return children;
  }
}
