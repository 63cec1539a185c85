package org.secretfs.luks;

import java.util.Optional;
import java.util.SortedSet;

/**
 * A LUKS2 token: a JSON object that tells how to obtain the passphrase of some keyslots. Kept
 * verbatim, whatever its type. Immutable.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class Token {
  /**
   * Reads a token from its JSON text.
   *
   * @param json an object with {@code type} (text) and {@code keyslots} (array of numbers as text)
   * @throws LuksException.TokenInvalid if it is not such an object, is larger than 64 KiB, or names
   *     a key twice
   */
  public static Token parse(String json) throws LuksException {
    throw new UnsupportedOperationException();
  }

  public String type() {
    throw new UnsupportedOperationException();
  }

  /** The keyslots it belongs to; empty where it belongs to none. */
  public SortedSet<Integer> keyslots() {
    throw new UnsupportedOperationException();
  }

  /** The whole token as compact JSON. */
  public String toJson() {
    throw new UnsupportedOperationException();
  }

  /**
   * Returns the typed view of a token of type {@code secretfs}; empty for other types.
   *
   * @throws LuksException.TokenInvalid if it is of that type and breaks its rules
   */
  public Optional<SecretfsToken> asSecretfs() throws LuksException {
    throw new UnsupportedOperationException();
  }
}
