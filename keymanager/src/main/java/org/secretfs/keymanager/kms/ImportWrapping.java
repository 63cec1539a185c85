package org.secretfs.keymanager.kms;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.interfaces.RSAKey;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.Tokens;

/**
 * The RSA keys under which material comes in. Nothing of them is kept: the private key is in the
 * import token, sealed under the root key, for one KMS key and 24 hours.
 *
 * <p>While it works, the JDK's RSA holds the private key, and the unwrapped material for a moment,
 * on the heap; arrays of ours are wiped.
 */
final class ImportWrapping {
  static final List<String> ALGORITHMS =
      List.of(
          "RSAES_OAEP_SHA_256",
          "RSAES_OAEP_SHA_1",
          "RSA_AES_KEY_WRAP_SHA_256",
          "RSA_AES_KEY_WRAP_SHA_1");
  static final List<String> SPECS = List.of("RSA_2048", "RSA_3072", "RSA_4096");

  private static final String PURPOSE = "import";
  private static final int ID_BYTES = 36;
  private static final int HEADER_BYTES = ID_BYTES + 1 + Long.BYTES;
  private static final int MATERIAL_BYTES = 32;

  private final Tokens tokens;

  ImportWrapping(Tokens tokens) {
    this.tokens = tokens;
  }

  /** What somebody needs to wrap material. */
  static final class Parameters {
    private final byte[] publicKey;
    private final byte[] token;

    private Parameters(byte[] publicKey, byte[] token) {
      this.publicKey = publicKey;
      this.token = token;
    }

    /** In the form SubjectPublicKeyInfo, as Base64. */
    String publicKey() {
      return Base64.getEncoder().encodeToString(publicKey);
    }

    /** What comes back with the wrapped material, as Base64. */
    String token() {
      return Base64.getEncoder().encodeToString(token);
    }
  }

  Parameters make(String keyId, String algorithm, String spec, Instant validTo) {
    byte[] content = new byte[0];
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("RSA");
      generator.initialize(Integer.parseInt(spec.substring("RSA_".length())));
      KeyPair pair = generator.generateKeyPair();
      byte[] encoded = pair.getPrivate().getEncoded();
      content =
          ByteBuffer.allocate(HEADER_BYTES + encoded.length)
              .put(keyId.getBytes(US_ASCII))
              .put((byte) ALGORITHMS.indexOf(algorithm))
              .putLong(validTo.getEpochSecond())
              .put(encoded)
              .array();
      Arrays.fill(encoded, (byte) 0);
      return new Parameters(pair.getPublic().getEncoded(), tokens.seal(PURPOSE, content));
    } catch (GeneralSecurityException e) {
      throw new AssertionError("every JDK has RSA", e);
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  /**
   * Unwraps material.
   *
   * @return 32 bytes, which the caller closes
   * @throws Refused if the token is not of this key or too old, or the material not wrapped with it
   */
  SecretBuffer unwrap(String keyId, byte[] token, byte[] wrapped, Instant now) throws Refused {
    byte[] content =
        tokens
            .open(PURPOSE, token)
            .filter(bytes -> bytes.length > HEADER_BYTES)
            .orElseThrow(ImportWrapping::wrongToken);
    try {
      ByteBuffer in = ByteBuffer.wrap(content);
      byte[] id = new byte[ID_BYTES];
      in.get(id);
      String algorithm = ALGORITHMS.get(in.get());
      Instant validTo = Instant.ofEpochSecond(in.getLong());
      if (!keyId.equals(new String(id, US_ASCII))) {
        throw wrongToken();
      }
      if (!now.isBefore(validTo)) {
        throw new Refused(KmsErrorCode.EXPIRED_IMPORT_TOKEN, "The import token has expired.");
      }
      byte[] encoded = Arrays.copyOfRange(content, HEADER_BYTES, content.length);
      return material(unwrap(algorithm, encoded, wrapped));
    } catch (GeneralSecurityException e) {
      throw new Refused(KmsErrorCode.INVALID_CIPHERTEXT, "");
    } finally {
      Arrays.fill(content, (byte) 0);
    }
  }

  private static SecretBuffer material(byte[] bytes) throws Refused {
    if (bytes.length != MATERIAL_BYTES) {
      Arrays.fill(bytes, (byte) 0);
      throw new Refused(
          KmsErrorCode.INCORRECT_KEY_MATERIAL,
          "Key material of a symmetric key must have %d bytes.".formatted(MATERIAL_BYTES));
    }
    return SecretBuffer.takeFrom(bytes);
  }

  private static byte[] unwrap(String algorithm, byte[] encoded, byte[] wrapped)
      throws GeneralSecurityException {
    try {
      PrivateKey key =
          KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
      String hash = algorithm.endsWith("_SHA_1") ? "SHA-1" : "SHA-256";
      if (algorithm.startsWith("RSAES")) {
        return oaep(key, hash, wrapped);
      }
      int rsaBytes = ((RSAKey) key).getModulus().bitLength() / Byte.SIZE;
      if (wrapped.length <= rsaBytes) {
        throw new GeneralSecurityException("too short");
      }
      byte[] aes = oaep(key, hash, Arrays.copyOf(wrapped, rsaBytes));
      try {
        Cipher unwrap = Cipher.getInstance("AES/KWP/NoPadding");
        unwrap.init(Cipher.DECRYPT_MODE, new SecretKeySpec(aes, "AES"));
        return unwrap.doFinal(wrapped, rsaBytes, wrapped.length - rsaBytes);
      } finally {
        Arrays.fill(aes, (byte) 0);
      }
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("not a key", e);
    } finally {
      Arrays.fill(encoded, (byte) 0);
    }
  }

  private static byte[] oaep(PrivateKey key, String hash, byte[] wrapped)
      throws GeneralSecurityException {
    Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
    cipher.init(
        Cipher.DECRYPT_MODE,
        key,
        new OAEPParameterSpec(
            hash, "MGF1", new MGF1ParameterSpec(hash), PSource.PSpecified.DEFAULT));
    return cipher.doFinal(wrapped);
  }

  private static Refused wrongToken() {
    return new Refused(KmsErrorCode.INVALID_IMPORT_TOKEN, "The import token is not valid.");
  }
}
