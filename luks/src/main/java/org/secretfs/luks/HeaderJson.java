package org.secretfs.luks;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.cfg.JsonNodeFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

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
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .build();

  private HeaderJson() {}

  static ObjectNode newObject() {
    return MAPPER.createObjectNode();
  }

  static ArrayNode newArray() {
    return MAPPER.createArrayNode();
  }

  /** Reads one object and nothing else. */
  static ObjectNode parse(byte[] text, int lengthBytes) throws MalformedJsonException {
    try {
      JsonNode node = MAPPER.readTree(decode(text, lengthBytes));
      if (node instanceof ObjectNode object) {
        return object;
      }
    } catch (IOException e) {
      throw new MalformedJsonException(firstLine(e));
    }
    throw new MalformedJsonException("it is not an object");
  }

  /** Decodes strictly; the JSON library's own decoder lets some malformed names pass. */
  private static String decode(byte[] text, int lengthBytes) throws MalformedJsonException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(text, 0, lengthBytes))
          .toString();
    } catch (CharacterCodingException e) {
      throw new MalformedJsonException("it is not UTF-8");
    }
  }

  private static String firstLine(IOException e) {
    String text =
        e instanceof JsonProcessingException json ? json.getOriginalMessage() : e.getMessage();
    String line = String.valueOf(text).lines().findFirst().orElse("");
    return line.substring(0, Math.min(line.length(), 200));
  }

  /** Compact text in ASCII: escapes survive every reader, unpaired surrogates included. */
  static byte[] write(JsonNode node) {
    return text(node).getBytes(StandardCharsets.US_ASCII);
  }

  /** Compact text in ASCII whose names are sorted by UTF-16 unit: equal for equal trees. */
  static byte[] canonical(JsonNode node) {
    try {
      return MAPPER
          .writer()
          .with(JsonNodeFeature.WRITE_PROPERTIES_SORTED)
          .writeValueAsString(node)
          .getBytes(StandardCharsets.US_ASCII);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /** Compact text, all of it ASCII. */
  static String text(JsonNode node) {
    try {
      return MAPPER.writeValueAsString(node);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a tree can always be written", e);
    }
  }

  /** The text is not strict JSON, or past a bound. */
  static final class MalformedJsonException extends Exception {
    MalformedJsonException(String message) {
      super(message);
    }
  }
}
