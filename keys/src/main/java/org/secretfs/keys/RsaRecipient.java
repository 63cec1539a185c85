package org.secretfs.keys;

import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import javax.crypto.Cipher;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/** The public half of an RSA key pair, to which secrets are sealed. */
public final class RsaRecipient {
  private final RSAPublicKey key;

  private RsaRecipient(RSAPublicKey key) {
    this.key = key;
  }

  /**
   * Reads a PEM file ({@code BEGIN PUBLIC KEY}).
   *
   * @throws KeySourceException if it is no RSA public key of {@value RsaOaep#LEAST_BITS} bits or
   *     more
   */
  public static RsaRecipient read(Path file) throws KeySourceException {
    try (Pem pem = Pem.read(file)) {
      if (!pem.label().equals("PUBLIC KEY")) {
        throw Pem.malformed(
            file,
            "holds a %s: must be a PUBLIC KEY (openssl pkey -in private.pem -pubout)"
                .formatted(Text.shown(pem.label())));
      }
      return of(file, pem.der());
    }
  }

  private static RsaRecipient of(Path file, byte[] der) throws KeySourceException {
    try {
      RSAPublicKey key =
          (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(der));
      String rule = RsaOaep.sizeRule(key.getModulus().bitLength());
      if (!rule.isEmpty()) {
        throw Pem.malformed(file, rule);
      }
      return new RsaRecipient(key);
    } catch (GeneralSecurityException e) {
      throw new KeySourceException.Malformed(
          "key file %s holds no RSA public key".formatted(file), e);
    }
  }

  /** Which key it is: the SHA-256 of its DER form, as base64. */
  public String fingerprint() {
    return fingerprint(key);
  }

  static String fingerprint(RSAPublicKey key) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(key.getEncoded());
      return "SHA256:" + Base64.getEncoder().withoutPadding().encodeToString(hash);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  @BorrowsSecret(because = "the JDK's RSA takes an array")
  byte[] seal(SecretBuffer secret) {
    return secret.borrow(bytes -> {
      try {
        return RsaOaep.cipher(Cipher.ENCRYPT_MODE, key).doFinal(bytes);
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has RSA-OAEP", e);
      }
    });
  }
}
