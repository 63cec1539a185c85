package org.secretfs.keys;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.spec.MGF1ParameterSpec;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;

/**
 * RSA-OAEP with SHA-256, for the message's hash and for MGF1 both, and an empty label.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc8017 RFC 8017 §7.1 RSAES-OAEP
 */
final class RsaOaep {
  /** Shorter keys are refused. */
  static final int LEAST_BITS = 3072;

  /** Longer keys are refused: they only cost time. */
  static final int MOST_BITS = 16384;

  private RsaOaep() {}

  static Cipher cipher(int mode, Key key) throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
    // The JDK's name with SHA-256 in it would take SHA-1 for MGF1.
    cipher.init(
        mode,
        key,
        new OAEPParameterSpec(
            "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT));
    return cipher;
  }

  /** Returns what is wrong with a key's size, or nothing. */
  static String sizeRule(int bits) {
    return bits < LEAST_BITS || bits > MOST_BITS
        ? "has %d bits: must have %d to %d".formatted(bits, LEAST_BITS, MOST_BITS)
        : "";
  }
}
