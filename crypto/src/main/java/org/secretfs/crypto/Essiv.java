package org.secretfs.crypto;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/** ESSIV: sector numbers are encrypted under the hash of the volume key. */
final class Essiv {
  private Essiv() {}

  /** Returns the SHA-256 of {@code key}; the caller closes it. */
  @BorrowsSecret(because = "a digest is fed from an array")
  static SecretBuffer keyOf(SecretBuffer key) {
    MessageDigest digest = sha256();
    return key.borrow(bytes -> SecretBuffer.takeFrom(digest.digest(bytes)));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }
}
