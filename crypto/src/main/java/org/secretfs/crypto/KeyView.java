package org.secretfs.crypto;

import javax.crypto.SecretKey;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * A secret as the JCA wants it. Keeps no copy: every {@link #getEncoded} makes one, which the JDK's
 * own providers wipe after use; {@code SecretKeySpec} would keep one that nobody can wipe.
 */
@BorrowsSecret(because = "a JCA key is asked for its bytes as an array")
final class KeyView implements SecretKey {
  private final transient SecretBuffer secret;
  private final String algorithm;

  KeyView(SecretBuffer secret, String algorithm) {
    this.secret = secret;
    this.algorithm = algorithm;
  }

  @Override
  public String getAlgorithm() {
    return algorithm;
  }

  @Override
  public String getFormat() {
    return "RAW";
  }

  @Override
  public byte[] getEncoded() {
    return secret.borrow(byte[]::clone);
  }

  @Override
  public String toString() {
    return "KeyView[%s]".formatted(algorithm);
  }
}
