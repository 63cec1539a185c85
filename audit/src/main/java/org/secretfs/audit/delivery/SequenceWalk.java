package org.secretfs.audit.delivery;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import java.io.IOException;
import org.secretfs.audit.Verification;

/** Goes through the records of log files and checks that none is missing between them. */
final class SequenceWalk {
  private static final ObjectReader ONE_OF_MANY =
      TrailJson.MAPPER.reader().without(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);

  private long last;
  private String lastHash = Verification.Head.EMPTY.hash();
  private long records;

  /** Checks one log file; fails with the rule that is broken. */
  void file(byte[] content) throws IOException {
    try (JsonParser json = TrailJson.MAPPER.createParser(content)) {
      require(json.nextToken() == JsonToken.START_OBJECT);
      require("Records".equals(json.nextFieldName()));
      require(json.nextToken() == JsonToken.START_ARRAY);
      while (json.nextToken() == JsonToken.START_OBJECT) {
        record(ONE_OF_MANY.readTree(json));
      }
      require(json.currentToken() == JsonToken.END_ARRAY);
      require(json.nextToken() == JsonToken.END_OBJECT);
      require(json.nextToken() == null);
    }
  }

  private static void require(boolean holds) throws IOException {
    if (!holds) {
      throw new IOException("is not of the form {\"Records\":[…]}");
    }
  }

  private void record(JsonNode json) throws IOException {
    JsonNode place = json.path("additionalEventData");
    long sequence = place.path(LogFileBuilder.SEQUENCE).asLong();
    long expected = last + 1;
    // Goes on after this record, so that one gap is one problem.
    last = sequence;
    lastHash = place.path(LogFileBuilder.HASH).asText("");
    records++;
    if (sequence != expected) {
      throw new IOException("record %d where %d should be".formatted(sequence, expected));
    }
  }

  long last() {
    return last;
  }

  String lastHash() {
    return lastHash;
  }

  long records() {
    return records;
  }
}
