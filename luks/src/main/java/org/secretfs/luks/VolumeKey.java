package org.secretfs.luks;

import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.OptionException;

/**
 * The key that encrypts a volume's sectors. Whoever receives one closes it, which wipes it.
 *
 * <p>Its length is checked strictly wherever a key is compared: the digest of LUKS2 is PBKDF2, for
 * which a key and the same key with zero bytes appended are equal.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.4 Digests Object
 */
public final class VolumeKey implements AutoCloseable {
  /** The least length in bytes: AES-128 in a mode with one key. */
  public static final int MIN_LENGTH_BYTES = 16;

  /** The greatest length in bytes: AES-256-XTS. */
  public static final int MAX_LENGTH_BYTES = 64;

  private final SecretBuffer secret;

  private VolumeKey(SecretBuffer secret) {
    this.secret = secret;
  }

  /** Takes over {@code secret}, 16 to 64 bytes; closing the key closes it. */
  public static VolumeKey takeOver(SecretBuffer secret) {
    if (secret.length() < MIN_LENGTH_BYTES || secret.length() > MAX_LENGTH_BYTES) {
      throw new OptionException(
          "volume key of %d bytes: must be %d to %d"
              .formatted(secret.length(), MIN_LENGTH_BYTES, MAX_LENGTH_BYTES));
    }
    return new VolumeKey(secret);
  }

  /** Returns a new random key from the kernel. */
  public static VolumeKey random(int lengthBytes) {
    return takeOver(SecretBuffer.random(lengthBytes));
  }

  /** The key's bytes; valid until {@link #close}. */
  public SecretBuffer secret() {
    return secret;
  }

  /** The length in bytes. */
  public int length() {
    return secret.length();
  }

  @Override
  public void close() {
    secret.close();
  }

  @Override
  public String toString() {
    return "VolumeKey[%d bytes]".formatted(length());
  }
}
