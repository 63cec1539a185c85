package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.security.GeneralSecurityException;
import java.security.spec.MGF1ParameterSpec;
import javax.crypto.BadPaddingException;
import javax.crypto.Cipher;
import javax.crypto.IllegalBlockSizeException;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeySpec;

/** Encryption with pairs of RSA: the ciphertext names no key and binds no context. */
final class RsaEncryption {
  private static final OAEPParameterSpec SHA_1 =
      new OAEPParameterSpec("SHA-1", "MGF1", MGF1ParameterSpec.SHA1, PSource.PSpecified.DEFAULT);
  private static final OAEPParameterSpec SHA_256 =
      new OAEPParameterSpec(
          "SHA-256", "MGF1", MGF1ParameterSpec.SHA256, PSource.PSpecified.DEFAULT);

  private RsaEncryption() {}

  private static boolean isSha1(String algorithm) {
    return algorithm.equals("RSAES_OAEP_SHA_1");
  }

  static byte[] encrypt(Call call, KeyRecord key, String algorithm, byte[] plaintext)
      throws Refused, IOException {
    KeySpec spec = key.type().spec();
    int most = spec.bits() / 8 - 2 * (isSha1(algorithm) ? 20 : 32) - 2;
    if (plaintext.length > most) {
      throw Constraints.invalid(
          "Algorithm %s and key spec %s cannot encrypt data larger than %d bytes."
              .formatted(algorithm, spec, most));
    }
    return call.withMaterial(
        key,
        material -> {
          try {
            Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
            cipher.init(
                Cipher.ENCRYPT_MODE,
                KeyPairs.publicKey(material, spec),
                isSha1(algorithm) ? SHA_1 : SHA_256);
            return cipher.doFinal(plaintext);
          } catch (GeneralSecurityException e) {
            throw new IOException("key %s does not encrypt".formatted(key.id()), e);
          }
        });
  }

  /** Decrypts; the caller wipes the result. */
  static byte[] decrypt(Call call, KeyRecord key, String algorithm, byte[] ciphertext)
      throws Refused, IOException {
    KeySpec spec = key.type().spec();
    byte @Nullable [] plaintext =
        call.withMaterial(
            key,
            material -> {
              try {
                Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
                cipher.init(
                    Cipher.DECRYPT_MODE,
                    KeyPairs.privateKey(material, spec),
                    isSha1(algorithm) ? SHA_1 : SHA_256);
                return cipher.doFinal(ciphertext);
              } catch (BadPaddingException | IllegalBlockSizeException e) {
                return null;
              } catch (GeneralSecurityException e) {
                throw new IOException("key %s does not decrypt".formatted(key.id()), e);
              }
            });
    if (plaintext == null) {
      throw new Refused(KmsErrorCode.INVALID_CIPHERTEXT, "");
    }
    return plaintext;
  }
}
