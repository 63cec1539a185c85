package org.secretfs.luks;

import java.util.Base64;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.kdf.Argon2;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.kdf.Pbkdf2;
import org.secretfs.crypto.memory.SecretBuffer;

/** Derives the keys that keyslots and digests need. Parameters were bounded when they were read. */
final class KeyDerivation {
  private KeyDerivation() {}

  /**
   * Derives the key of a keyslot's area.
   *
   * @return a new secret that the caller closes
   */
  static SecretBuffer areaKey(
      KdfParameters kdf, SecretBuffer passphrase, String saltBase64, int lengthBytes)
      throws LuksException {
    byte[] salt = Base64.getDecoder().decode(saltBase64);
    try {
      return switch (kdf) {
        case KdfParameters.Pbkdf2(String hash, int iterations) ->
            Pbkdf2.derive(hash(hash), passphrase, salt, iterations, lengthBytes);
        case KdfParameters.Argon2id(int time, int memoryKib, int lanes) ->
            Argon2.derive(
                Argon2.Variant.ARGON2ID, passphrase, salt, time, memoryKib, lanes, lengthBytes);
        case KdfParameters.Argon2i(int time, int memoryKib, int lanes) ->
            Argon2.derive(
                Argon2.Variant.ARGON2I, passphrase, salt, time, memoryKib, lanes, lengthBytes);
      };
    } catch (CryptoException e) {
      throw new LuksException.DerivationFailed(e);
    }
  }

  private static HashAlgorithm hash(String name) throws LuksException {
    return HashAlgorithm.ofLuksName(name)
        .orElseThrow(() ->
            new LuksException.UnsupportedFeature(
                "the hash \"%s\" is not supported".formatted(name)));
  }

  /** Returns the digest value of {@code key}; the caller closes it. */
  static SecretBuffer digest(
      HashAlgorithm hash, SecretBuffer key, byte[] salt, int iterations, int lengthBytes)
      throws LuksException {
    try {
      return Pbkdf2.derive(hash, key, salt, iterations, lengthBytes);
    } catch (CryptoException e) {
      throw new LuksException.DerivationFailed(e);
    }
  }

  /** Whether {@code digest} proves {@code key}; its length was compared by the caller. */
  static boolean proves(Digest digest, SecretBuffer key) throws LuksException {
    Base64.Decoder decoder = Base64.getDecoder();
    try (SecretBuffer expected = SecretBuffer.takeFrom(decoder.decode(digest.value()));
        SecretBuffer derived =
            digest(
                digest.hash(),
                key,
                decoder.decode(digest.salt()),
                digest.iterations(),
                expected.length())) {
      return expected.equalsSecret(derived);
    }
  }
}
