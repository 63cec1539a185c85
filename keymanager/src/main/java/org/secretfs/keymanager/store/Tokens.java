package org.secretfs.keymanager.store;

import java.util.Optional;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * What is given out and must come back unchanged. Nothing of it is kept: tokens are sealed under
 * the root key, for this database, and the secrets that go with them are derived from it.
 */
public final class Tokens {
  private final Wrapping wrapping;

  Tokens(Wrapping wrapping) {
    this.wrapping = wrapping;
  }

  /** Seals a content that then tells nothing to whoever holds the token. */
  public byte[] seal(String purpose, byte[] content) {
    return wrapping.sealToken(purpose, content);
  }

  /** The content; empty if this is no token of this database, or for another purpose. */
  public Optional<byte[]> open(String purpose, byte[] token) {
    try {
      return Optional.of(wrapping.openToken(purpose, token));
    } catch (CryptoException.Tampered e) {
      return Optional.empty();
    }
  }

  /** The 32-byte secret that belongs to a public name, which the caller closes. */
  public SecretBuffer secretFor(String purpose, byte[] name) {
    return wrapping.derive(purpose, name);
  }
}
