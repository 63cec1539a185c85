package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/**
 * A LUKS2 token: a JSON object that tells how to obtain the passphrase of some keyslots. Kept
 * verbatim, whatever its type. Immutable; equal if the JSON is.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.6 Tokens Object
 */
public final class Token {
  /** The most bytes of JSON that {@link #parse} accepts. */
  public static final int MAX_JSON_BYTES = 64 << 10;

  private final ObjectNode json;
  private final String type;
  private final SortedSet<Integer> keyslots;

  private Token(Fields fields) throws LuksException {
    this.json = fields.node().deepCopy();
    this.type = fields.name("type");
    this.keyslots = fields.numbers("keyslots");
  }

  /**
   * Reads a token from its JSON text.
   *
   * @param json an object with {@code type} (text) and {@code keyslots} (array of numbers as text)
   * @throws LuksException.TokenInvalid if it is not such an object, is larger than 64 KiB, or names
   *     a key twice
   */
  public static Token parse(String json) throws LuksException {
    byte[] text = json.getBytes(StandardCharsets.UTF_8);
    if (text.length > MAX_JSON_BYTES) {
      throw new LuksException.TokenInvalid(
          "a token of %d bytes: must be at most %d".formatted(text.length, MAX_JSON_BYTES));
    }
    try {
      return of(HeaderJson.parse(text, text.length));
    } catch (HeaderJson.MalformedJsonException e) {
      throw new LuksException.TokenInvalid("a token is not strict JSON: " + e.getMessage());
    }
  }

  static Token of(ObjectNode json) throws LuksException {
    return new Token(new Fields("token", json, LuksException.TokenInvalid::new));
  }

  /** Reads a token of a header; what is wrong is the header's fault. */
  static Token read(Fields fields) throws LuksException {
    return new Token(fields);
  }

  public String type() {
    return type;
  }

  /** The keyslots it belongs to; empty where it belongs to none. */
  public SortedSet<Integer> keyslots() {
    return keyslots;
  }

  /** What a token of type {@code luks2-keyring} calls the passphrase in the kernel's keyring. */
  public Optional<String> keyDescription() {
    return Optional.ofNullable(json.path("key_description").textValue());
  }

  /** The whole token as compact JSON. */
  public String toJson() {
    return HeaderJson.text(json);
  }

  ObjectNode json() {
    return json.deepCopy();
  }

  /**
   * Returns the typed view of a token of type {@code secretfs}; empty for other types.
   *
   * @throws LuksException.TokenInvalid if it is of that type and breaks its rules
   */
  public Optional<SecretfsToken> asSecretfs() throws LuksException {
    return type.equals(SecretfsToken.TYPE)
        ? Optional.of(SecretfsToken.read(json()))
        : Optional.empty();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Token token && json.equals(token.json);
  }

  @Override
  public int hashCode() {
    return json.hashCode();
  }

  @Override
  public String toString() {
    return "Token[%s, keyslots %s]".formatted(type, keyslots);
  }
}
