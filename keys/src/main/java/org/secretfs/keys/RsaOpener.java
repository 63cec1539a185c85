package org.secretfs.keys;

import java.math.BigInteger;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.interfaces.RSAPrivateCrtKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Optional;
import javax.crypto.Cipher;
import javax.crypto.EncryptedPrivateKeyInfo;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The private half of an RSA key pair: opens what {@link RsaRecipient} sealed.
 *
 * <p>For the machine of whoever holds it. The JDK keeps the key on the heap, where it stays until
 * it is collected.
 */
public final class RsaOpener {
  /** Asks for the passphrase of an encrypted private key; the caller closes it. */
  @FunctionalInterface
  public interface Passphrase {
    /** Returns the passphrase. */
    SecretBuffer ask() throws KeySourceException;
  }

  private final RSAPrivateCrtKey key;

  private RsaOpener(RSAPrivateCrtKey key) {
    this.key = key;
  }

  /**
   * Reads a PEM file: {@code BEGIN PRIVATE KEY} or {@code BEGIN ENCRYPTED PRIVATE KEY} (PKCS #8).
   *
   * @param passphrase is asked only if the key is encrypted
   * @throws KeySourceException.Denied if the passphrase is wrong
   */
  public static RsaOpener read(Path file, Passphrase passphrase) throws KeySourceException {
    try (Pem pem = Pem.read(file)) {
      return switch (pem.label()) {
        case "PRIVATE KEY" -> of(file, new PKCS8EncodedKeySpec(pem.der()));
        case "ENCRYPTED PRIVATE KEY" -> of(file, decrypt(file, pem.der(), passphrase));
        default ->
            throw Pem.malformed(
                file,
                "holds a %s: must be a PRIVATE KEY (openssl pkcs8 -topk8 converts others)"
                    .formatted(Text.shown(pem.label())));
      };
    }
  }

  private static RsaOpener of(Path file, PKCS8EncodedKeySpec spec) throws KeySourceException {
    try {
      PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(spec);
      if (key instanceof RSAPrivateCrtKey crt) {
        return new RsaOpener(crt);
      }
    } catch (GeneralSecurityException e) {
      throw new KeySourceException.Malformed(
          "key file %s holds no RSA private key".formatted(file), e);
    }
    throw Pem.malformed(file, "holds an RSA private key without its prime factors");
  }

  @BorrowsSecret(because = "the JDK's key derivation takes characters")
  private static PKCS8EncodedKeySpec decrypt(Path file, byte[] der, Passphrase passphrase)
      throws KeySourceException {
    try (SecretBuffer typed = passphrase.ask()) {
      EncryptedPrivateKeyInfo sealed = new EncryptedPrivateKeyInfo(der);
      char[] characters = typed.borrow(RsaOpener::characters);
      PBEKeySpec password = new PBEKeySpec(characters);
      java.util.Arrays.fill(characters, '\0');
      try {
        // The parameters name the scheme with its hash and cipher; the algorithm only PBES2.
        String scheme = sealed.getAlgParameters().toString();
        return sealed.getKeySpec(SecretKeyFactory.getInstance(scheme).generateSecret(password));
      } finally {
        password.clearPassword();
      }
    } catch (java.security.InvalidKeyException e) {
      throw new KeySourceException.Denied(
          KeySourceCode.SEALED_SECRET_REJECTED,
          "private key %s: the passphrase is wrong".formatted(file),
          e);
    } catch (java.io.IOException | GeneralSecurityException e) {
      throw new KeySourceException.Malformed(
          "private key %s is encrypted in a way that this Java does not know; try: openssl pkcs8"
                  .formatted(file)
              + " -topk8 -v2 aes-256-cbc",
          e);
    }
  }

  private static char[] characters(byte[] bytes) {
    char[] characters = new char[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      characters[i] = (char) (bytes[i] & 0xff);
    }
    return characters;
  }

  /** Which key it is, as {@link RsaRecipient#fingerprint}. */
  public String fingerprint() {
    try {
      RSAPublicKeySpec spec = new RSAPublicKeySpec(key.getModulus(), key.getPublicExponent());
      return RsaRecipient.fingerprint(
          (RSAPublicKey) KeyFactory.getInstance("RSA").generatePublic(spec));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("a private key has a public one", e);
    }
  }

  /**
   * Opens a sealed secret.
   *
   * @param recipient the fingerprint that the secret was sealed to, where that is known
   * @param where for messages
   * @return the caller closes it
   * @throws KeySourceException.Denied if it was sealed to another key, or was changed
   */
  public SecretBuffer open(byte[] sealed, @Nullable String recipient, String where)
      throws KeySourceException {
    Optional<String> other =
        Optional.ofNullable(recipient).filter(wanted -> !wanted.equals(fingerprint()));
    try {
      BigInteger modulus = key.getModulus();
      if (sealed.length == (modulus.bitLength() + 7) / 8) {
        return SecretBuffer.takeFrom(RsaOaep.cipher(Cipher.DECRYPT_MODE, key).doFinal(sealed));
      }
    } catch (GeneralSecurityException e) {
      throw rejected(where, other);
    }
    throw rejected(where, other);
  }

  private KeySourceException rejected(String where, Optional<String> other) {
    return new KeySourceException.Denied(
        KeySourceCode.SEALED_SECRET_REJECTED,
        other.isPresent()
            ? "%s was sealed to the key %s, and this is %s"
                .formatted(where, Text.shown(other.get()), fingerprint())
            : "%s was not sealed to the key %s, or was changed since"
                .formatted(where, fingerprint()));
  }
}
