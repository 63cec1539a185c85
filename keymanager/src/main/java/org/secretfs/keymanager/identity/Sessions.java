package org.secretfs.keymanager.identity;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.Tokens;

/**
 * Makes and opens session tokens. Nothing is kept: a token is sealed for this database, and the
 * secret of its access key is derived from the key's id. A session ends when it expires, or when
 * the user or role is deleted.
 */
public final class Sessions {
  private static final String PURPOSE = "session";
  private static final int MOST_TOKEN_CHARS = 16_384;

  private final Tokens tokens;

  /** Makes one on the tokens of a store. */
  public Sessions(Tokens tokens) {
    this.tokens = tokens;
  }

  /** The token that goes with a session. */
  public String token(Session session) {
    return Base64.getEncoder().encodeToString(tokens.seal(PURPOSE, session.toBytes()));
  }

  /** The secret access key of a temporary key, 40 characters, which the caller closes. */
  public SecretBuffer secretOf(String accessKeyId) {
    try (SecretBuffer derived = tokens.secretFor(PURPOSE, accessKeyId.getBytes(US_ASCII))) {
      return AccessKeys.asSecret(derived);
    }
  }

  /**
   * Opens a token.
   *
   * @return the session; empty if this is no token of this access key
   * @throws Refused if it has expired
   */
  public Optional<Session> open(String accessKeyId, String token, Instant now) throws Refused {
    Optional<Session> session =
        decoded(token)
            .flatMap(bytes -> tokens.open(PURPOSE, bytes))
            .flatMap(Session::fromBytes)
            .filter(found -> found.accessKeyId().equals(accessKeyId));
    if (session.isPresent() && !now.isBefore(session.get().expires())) {
      throw new Refused(
          KmsErrorCode.EXPIRED_TOKEN, "The security token included in the request is expired");
    }
    return session;
  }

  private static Optional<byte[]> decoded(String token) {
    try {
      return token.length() > MOST_TOKEN_CHARS
          ? Optional.empty()
          : Optional.of(Base64.getDecoder().decode(token));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
