package org.secretfs.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.Locale;
import java.util.Optional;

/**
 * One request on the admin socket: a line of JSON, answered by a line of JSON.
 *
 * @param command what to do
 * @param export whose name; empty for commands about all
 * @param definition exports to add, as in the configuration file
 * @param patience how long clients may take to leave
 */
public record AdminRequest(
    Verb command, Optional<String> export, Optional<String> definition, Duration patience) {
  /** The longest line, 256 KiB. */
  static final int MOST_BYTES = 256 << 10;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long MOST_PATIENCE_SECONDS = 86_400;

  /** What can be asked for. */
  public enum Verb {
    LIST,
    ADD,
    REMOVE,
    DRAIN,
    SUSPEND,
    RESUME,
    CHECK_KEY,
    RELOAD;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    boolean namesAnExport() {
      return this != LIST && this != ADD && this != RELOAD;
    }
  }

  /** A command about all exports. */
  public static AdminRequest of(Verb command) {
    return new AdminRequest(command, Optional.empty(), Optional.empty(), PATIENCE);
  }

  /** A command about one export. */
  public static AdminRequest of(Verb command, String export) {
    return new AdminRequest(command, Optional.of(export), Optional.empty(), PATIENCE);
  }

  /** Exports to add. */
  public static AdminRequest add(String definition) {
    return new AdminRequest(Verb.ADD, Optional.empty(), Optional.of(definition), PATIENCE);
  }

  /** The same with another patience. */
  public AdminRequest within(Duration most) {
    return new AdminRequest(command, export, definition, most);
  }

  /** The line without its end. */
  String encode() {
    ObjectNode json = JSON.createObjectNode().put("command", command.text());
    export.ifPresent(name -> json.put("export", name));
    definition.ifPresent(text -> json.put("definition", text));
    json.put("patience_seconds", patience.toSeconds());
    return json.toString();
  }

  /** Reads a line. */
  static AdminRequest decode(String line) throws ProxyException {
    JsonNode json = tree(line);
    Verb command = verb(json.path("command").asText());
    Optional<String> export = text(json, "export");
    Optional<String> definition = text(json, "definition");
    if (command.namesAnExport() != export.isPresent()) {
      throw malformed(
          "'%s' %s"
              .formatted(
                  command.text(), export.isPresent() ? "names no export" : "lacks 'export'"));
    }
    if ((command == Verb.ADD) != definition.isPresent()) {
      throw malformed("'definition' belongs to 'add', which needs it");
    }
    return new AdminRequest(command, export, definition, patience(json));
  }

  private static Duration patience(JsonNode json) throws ProxyException {
    JsonNode seconds = json.path("patience_seconds");
    if (seconds.isMissingNode()) {
      return PATIENCE;
    }
    if (!seconds.isIntegralNumber()
        || seconds.asLong() < 0
        || seconds.asLong() > MOST_PATIENCE_SECONDS) {
      throw malformed("'patience_seconds' must be 0 to %d".formatted(MOST_PATIENCE_SECONDS));
    }
    return Duration.ofSeconds(seconds.asLong());
  }

  private static JsonNode tree(String line) throws ProxyException {
    try {
      JsonNode json = JSON.readTree(line);
      if (!json.isObject()) {
        throw malformed("must be a JSON object");
      }
      return json;
    } catch (JsonProcessingException e) {
      throw malformed("is not JSON");
    }
  }

  private static Verb verb(String text) throws ProxyException {
    for (Verb verb : Verb.values()) {
      if (verb.text().equals(text)) {
        return verb;
      }
    }
    throw malformed("has no known 'command'");
  }

  private static Optional<String> text(JsonNode json, String name) throws ProxyException {
    JsonNode value = json.path(name);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw malformed("'%s' must be text".formatted(name));
    }
    return Optional.of(value.asText());
  }

  private static ProxyException malformed(String rule) {
    return new ProxyException(ProxyError.REQUEST_MALFORMED, "admin request: " + rule);
  }
}
