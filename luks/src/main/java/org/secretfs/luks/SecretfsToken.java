package org.secretfs.luks;

import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;

/**
 * The token of type {@code secretfs}: records how a keyslot's secret is obtained and what the
 * volume holds, so that a volume can be opened by its header alone. Holds no secret. Immutable;
 * fields that this version does not know are kept.
 */
@SuppressWarnings("DoNotCallSuggester")
public final class SecretfsToken {
  /** The token's type. */
  public static final String TYPE = "secretfs";

  /**
   * Returns a token.
   *
   * @param keyslots the keyslots that the secret opens
   * @param volume the volume's name, 1 to 128 characters
   * @param keySource how the secret is obtained: {@code kind} (text) and what that kind needs;
   *     values are {@code String} or maps of the same, at most 4 deep
   * @throws LuksException.TokenInvalid if a bound is broken
   */
  public static SecretfsToken of(Set<Integer> keyslots, String volume, Map<String, ?> keySource)
      throws LuksException {
    throw new UnsupportedOperationException();
  }

  public SortedSet<Integer> keyslots() {
    throw new UnsupportedOperationException();
  }

  public String volume() {
    throw new UnsupportedOperationException();
  }

  /** How the secret is obtained: values are {@code String} or maps of the same. */
  public Map<String, Object> keySource() {
    throw new UnsupportedOperationException();
  }

  /** What is in the volume; empty where nothing was recorded. */
  public Optional<Filesystem> filesystem() {
    throw new UnsupportedOperationException();
  }

  /** Returns the same token with {@code filesystem} recorded. */
  public SecretfsToken withFilesystem(Filesystem filesystem) {
    throw new UnsupportedOperationException();
  }

  /** The token as it is stored. */
  public Token toToken() {
    throw new UnsupportedOperationException();
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
