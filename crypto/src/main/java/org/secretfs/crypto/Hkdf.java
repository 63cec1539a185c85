package org.secretfs.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.KDF;
import javax.crypto.spec.HKDFParameterSpec;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Derives keys from a key with HKDF and SHA-256. Not for passphrases: it costs an attacker nothing.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc5869 RFC 5869
 */
public final class Hkdf {
  /** The most bytes that one derivation gives. */
  public static final int MAX_LENGTH_BYTES = 255 * 32;

  private Hkdf() {}

  /**
   * Extracts and expands.
   *
   * @param inputKey high-entropy key material, not kept
   * @param salt may be empty
   * @param info what the key is for; different values give independent keys
   * @param lengthBytes 1 to 8160
   * @return a new secret that the caller closes
   */
  public static SecretBuffer derive(
      SecretBuffer inputKey, byte[] salt, byte[] info, int lengthBytes) {
    if (lengthBytes < 1 || lengthBytes > MAX_LENGTH_BYTES) {
      throw new IllegalArgumentException(
          "HKDF output of %d bytes: must be 1 to %d".formatted(lengthBytes, MAX_LENGTH_BYTES));
    }
    try {
      HKDFParameterSpec parameters =
          HKDFParameterSpec.ofExtract()
              .addIKM(new KeyView(inputKey, "Generic"))
              .addSalt(salt)
              .thenExpand(info, lengthBytes);
      return SecretBuffer.takeFrom(KDF.getInstance("HKDF-SHA256").deriveData(parameters));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HKDF-SHA-256", e);
    }
  }
}
