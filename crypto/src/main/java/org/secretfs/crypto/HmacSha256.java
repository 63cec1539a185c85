package org.secretfs.crypto;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import javax.crypto.Mac;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * HMAC with SHA-256.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc2104 RFC 2104
 */
public final class HmacSha256 {
  /** Bytes of a code. */
  public static final int LENGTH_BYTES = 32;

  private HmacSha256() {}

  /**
   * Returns the 32-byte authentication code of the parts one after another. Parts are not
   * delimited: where their borders matter, the caller encodes lengths.
   */
  public static byte[] mac(SecretBuffer key, byte[]... parts) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new KeyView(key, "HmacSHA256"));
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has HMAC-SHA-256", e);
    }
  }

  /** Returns the code of the parts as a new secret, for chains of keys; the caller closes it. */
  public static SecretBuffer macToSecret(SecretBuffer key, byte[]... parts) {
    return SecretBuffer.takeFrom(mac(key, parts));
  }

  /** Whether {@code code} is the code of the parts; takes the same time wherever they differ. */
  public static boolean verify(SecretBuffer key, byte[] code, byte[]... parts) {
    return MessageDigest.isEqual(mac(key, parts), code);
  }
}
