package org.secretfs.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * AES-256-GCM with a random nonce that travels with the ciphertext.
 *
 * <p><b>Restriction</b>: nonces are 96 random bits, so at most 2^32 messages may be sealed under
 * one key; past that, the chance that two share a nonce (and reveal each other and the
 * authentication key) exceeds 2^-32. Counting is the caller's part.
 *
 * <p>Safe for use by several threads. The JDK's cipher keeps the round keys of its last call on the
 * heap.
 *
 * @spec https://doi.org/10.6028/NIST.SP.800-38D NIST SP 800-38D §8.2.2, §8.3
 */
public final class Aead {
  /** Bytes of a key. */
  public static final int KEY_BYTES = 32;

  /** Bytes that sealing adds: the nonce before, the tag after. */
  public static final int OVERHEAD_BYTES = 28;

  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;
  private static final ContextPool<Gcm> POOL = new ContextPool<>(Gcm::new);

  private Aead() {}

  /**
   * Encrypts and authenticates.
   *
   * @param key 32 bytes, not kept
   * @param aad authenticated but not part of the result; whoever opens must know it
   * @param plaintext not changed
   * @return 12-byte nonce, ciphertext, 16-byte tag
   */
  public static byte[] seal(SecretBuffer key, byte[] aad, byte[] plaintext) {
    requireKey(key);
    byte[] sealed = new byte[plaintext.length + OVERHEAD_BYTES];
    KernelRandom.fill(sealed, 0, NONCE_BYTES);
    return withCipher(gcm -> gcm.seal(key, aad, plaintext, sealed));
  }

  /**
   * Decrypts what {@link #seal} made.
   *
   * @throws CryptoException.Tampered if {@code sealed} is not what was sealed with this key and
   *     this {@code aad}; nothing of the plaintext is returned
   */
  public static byte[] open(SecretBuffer key, byte[] aad, byte[] sealed)
      throws CryptoException.Tampered {
    requireKey(key);
    if (sealed.length < OVERHEAD_BYTES) {
      throw new CryptoException.Tampered(
          "sealed data of %d bytes: at least %d".formatted(sealed.length, OVERHEAD_BYTES));
    }
    return withCipher(gcm -> gcm.open(key, aad, sealed));
  }

  /** Seals a secret; as {@link #seal}. */
  @BorrowsSecret(because = "javax.crypto encrypts arrays")
  public static byte[] sealSecret(SecretBuffer key, byte[] aad, SecretBuffer plaintext) {
    return plaintext.borrow(bytes -> seal(key, aad, bytes));
  }

  /**
   * Opens a sealed secret; as {@link #open}.
   *
   * @return a new secret that the caller closes; an empty one cannot be represented and is refused
   *     as {@link IllegalArgumentException}
   */
  public static SecretBuffer openSecret(SecretBuffer key, byte[] aad, byte[] sealed)
      throws CryptoException.Tampered {
    return SecretBuffer.takeFrom(open(key, aad, sealed));
  }

  private static void requireKey(SecretBuffer key) {
    if (key.length() != KEY_BYTES) {
      throw new IllegalArgumentException(
          "AES-256-GCM key of %d bytes: must be %d".formatted(key.length(), KEY_BYTES));
    }
  }

  private static <X extends Exception> byte[] withCipher(Use<X> use) throws X {
    Gcm gcm = POOL.take();
    try {
      return use.apply(gcm);
    } finally {
      POOL.give(gcm);
    }
  }

  @FunctionalInterface
  private interface Use<X extends Exception> {
    byte[] apply(Gcm gcm) throws X;
  }

  /** A cipher for one thread at a time. */
  private static final class Gcm implements AutoCloseable {
    private final Cipher cipher;

    Gcm() {
      try {
        this.cipher = Cipher.getInstance("AES/GCM/NoPadding", "SunJCE");
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("every JDK has AES-GCM", e);
      }
    }

    byte[] seal(SecretBuffer key, byte[] aad, byte[] plaintext, byte[] sealed) {
      try {
        init(Cipher.ENCRYPT_MODE, key, aad, sealed);
        cipher.doFinal(plaintext, 0, plaintext.length, sealed, NONCE_BYTES);
        return sealed;
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("AES-GCM encryption has no input it refuses", e);
      }
    }

    byte[] open(SecretBuffer key, byte[] aad, byte[] sealed) throws CryptoException.Tampered {
      try {
        init(Cipher.DECRYPT_MODE, key, aad, sealed);
        return cipher.doFinal(sealed, NONCE_BYTES, sealed.length - NONCE_BYTES);
      } catch (AEADBadTagException e) {
        throw new CryptoException.Tampered(
            "sealed data of %d bytes: the tag does not match".formatted(sealed.length));
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException("AES-GCM decryption fails by its tag only", e);
      }
    }

    private void init(int mode, SecretBuffer key, byte[] aad, byte[] sealed)
        throws GeneralSecurityException {
      GCMParameterSpec nonce = new GCMParameterSpec(TAG_BITS, sealed, 0, NONCE_BYTES);
      cipher.init(mode, new KeyView(key, "AES"), nonce);
      cipher.updateAAD(aad);
    }

    @Override
    public void close() {}
  }
}
