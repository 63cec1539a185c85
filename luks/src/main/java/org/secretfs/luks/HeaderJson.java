package org.secretfs.luks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * Strict JSON: no key twice, nothing behind the object, bounded depth and number of parts, so that
 * a hostile area of 4 MiB takes bounded memory and time.
 */
final class HeaderJson {
  private static final int MAX_DEPTH = 32;
  private static final int MAX_NUMBER_DIGITS = 20;
  private static final int MAX_STRING_CHARS = 4 << 20;
  private static final int MAX_NAME_CHARS = 1024;
  private static final long MAX_PARTS = 100_000;

  private static final ObjectMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(MAX_DEPTH)
                          .maxNumberLength(MAX_NUMBER_DIGITS)
                          .maxStringLength(MAX_STRING_CHARS)
                          .maxNameLength(MAX_NAME_CHARS)
                          .maxTokenCount(MAX_PARTS)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private HeaderJson() {}

  static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }

  /** Reads one object and nothing else. */
  static ObjectNode parse(byte[] text, int lengthBytes) throws MalformedJsonException {
    try {
      JsonNode node = MAPPER.readTree(text, 0, lengthBytes);
      if (node instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException e) {
      throw new MalformedJsonException(firstLine(e));
    }
    throw new MalformedJsonException("it is not an object");
  }

  private static String firstLine(IOException e) {
    String text =
        e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
    String line = String.valueOf(text).lines().findFirst().orElse("");
    return line.substring(0, Math.min(line.length(), 200));
  }

  /** Compact text in UTF-8. */
  static byte[] write(JsonNode node) {
    try {
      return MAPPER.writeValueAsBytes(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /** Compact text. */
  static String text(JsonNode node) {
    return new String(write(node), java.nio.charset.StandardCharsets.UTF_8);
  }

  /** The text is not strict JSON, or past a bound. */
  static final class MalformedJsonException extends Exception {
    MalformedJsonException(String message) {
      super(message);
    }
  }
}
