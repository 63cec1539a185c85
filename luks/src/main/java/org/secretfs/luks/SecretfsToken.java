package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * The token of type {@code secretfs}: records how a keyslot's secret is obtained and what the
 * volume holds, so that a volume can be opened by its header alone. Holds no secret. Immutable;
 * fields that this version does not know are kept.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.6 Tokens Object
 */
public final class SecretfsToken {
  /** The token's type. */
  public static final String TYPE = "secretfs";

  /** The version of the fields that this library writes and reads. */
  public static final int VERSION = 1;

  private static final int MAX_VOLUME_CHARS = 128;
  private static final int MAX_TYPE_CHARS = 32;

  private final ObjectNode json;
  private final Token token;
  private final String volume;
  private final Map<String, Object> keySource;
  private final Optional<Filesystem> filesystem;

  private SecretfsToken(ObjectNode json) throws LuksException {
    Fields fields = new Fields("secretfs token", json, LuksException.TokenInvalid::new);
    this.json = json;
    this.token = Token.of(json);
    fields.textOf("type", TYPE);
    fields.number("version", VERSION, VERSION);
    this.volume = bounded(fields, "volume", MAX_VOLUME_CHARS);
    this.keySource = KeySourceMap.read(fields.object("key_source"));
    this.filesystem = readFilesystem(fields);
  }

  static SecretfsToken read(ObjectNode json) throws LuksException {
    return new SecretfsToken(json);
  }

  /**
   * Returns a token.
   *
   * @param keyslots the keyslots that the secret opens
   * @param volume the volume's name, 1 to 128 characters
   * @param keySource how the secret is obtained: {@code kind} (text) and what that kind needs;
   *     values are {@code String} or maps of the same, at most 4 deep and 64 in all, a text at most
   *     8192 characters
   * @throws LuksException.TokenInvalid if a bound is broken
   */
  public static SecretfsToken of(Set<Integer> keyslots, String volume, Map<String, ?> keySource)
      throws LuksException {
    ObjectNode json = HeaderJson.newObject();
    json.put("type", TYPE);
    ArrayNode numbers = json.putArray("keyslots");
    new TreeSet<>(keyslots).forEach(number -> numbers.add(number.toString()));
    json.put("version", VERSION);
    json.put("volume", volume);
    json.set("key_source", KeySourceMap.write(keySource));
    return new SecretfsToken(json);
  }

  private static String bounded(Fields fields, String name, int most) throws LuksException {
    String value = fields.text(name);
    if (value.isEmpty() || value.length() > most) {
      throw fields.broken(name, "must be 1 to %d characters".formatted(most));
    }
    return value;
  }

  private static Optional<Filesystem> readFilesystem(Fields fields) throws LuksException {
    if (!fields.has("filesystem")) {
      return Optional.empty();
    }
    Fields filesystem = fields.object("filesystem");
    String type = bounded(filesystem, "type", MAX_TYPE_CHARS);
    return switch (filesystem.text("state")) {
      case "pending" -> Optional.of(new Filesystem(type, Filesystem.State.PENDING));
      case "made" -> Optional.of(new Filesystem(type, Filesystem.State.MADE));
      default -> throw filesystem.broken("state", "must be \"pending\" or \"made\"");
    };
  }

  public SortedSet<Integer> keyslots() {
    return token.keyslots();
  }

  public String volume() {
    return volume;
  }

  /** How the secret is obtained: values are {@code String} or maps of the same. Unmodifiable. */
  public Map<String, Object> keySource() {
    return keySource;
  }

  /** What is in the volume; empty where nothing was recorded. */
  public Optional<Filesystem> filesystem() {
    return filesystem;
  }

  /**
   * Returns the same token with {@code filesystem} recorded.
   *
   * @throws LuksException.TokenInvalid if its type is not 1 to 32 characters
   */
  public SecretfsToken withFilesystem(Filesystem filesystem) throws LuksException {
    ObjectNode changed = json.deepCopy();
    changed
        .withObject("/filesystem")
        .put("type", filesystem.type())
        .put("state", filesystem.state().name().toLowerCase(Locale.ROOT));
    return new SecretfsToken(changed);
  }

  /** The token as it is stored. */
  public Token toToken() {
    return token;
  }

  /**
   * What is in the volume.
   *
   * @param type as mkfs names it, as in {@code ext4}
   * @param state how far its making got
   */
  public record Filesystem(String type, State state) {
    /** How far the making of a file system got. */
    public enum State {
      /** The volume was formatted for it; whether it was made is not known. */
      PENDING,
      /** It was made: never make it again. */
      MADE
    }
  }
}
