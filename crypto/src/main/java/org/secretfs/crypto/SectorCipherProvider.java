package org.secretfs.crypto;

import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/** One implementation of the sector ciphers. Safe for use by several threads. */
public interface SectorCipherProvider {
  /**
   * A short name: {@code corretto}, {@code libcrypto}, {@code libcrypto-ecb}, {@code libgcrypt} or
   * {@code jdk}.
   */
  String name();

  /**
   * Why nothing of this provider works here, or empty where it works. The first call may load a
   * native library; the answer is kept.
   */
  Optional<String> unavailableBecause();

  /**
   * Why this provider does not take {@code key} although it works, or empty: native libraries
   * refuse keys of equal halves, and one has no AES-128.
   */
  Optional<String> refusesBecause(SecretBuffer key);

  /**
   * Returns AES in XTS mode with plain64 tweaks.
   *
   * @param key both halves, data key first: 32 bytes (AES-128) or 64 (AES-256); copied, so that the
   *     caller may close its own at once
   * @param sectorSize 512, 1024, 2048 or 4096 bytes
   * @return a cipher that the caller closes
   * @throws IllegalArgumentException if the key's length or the sector size is none of these, or
   *     {@link #refusesBecause} says so
   * @throws IllegalStateException if the provider is not available
   * @spec https://doi.org/10.1109/IEEESTD.2008.4493450 IEEE 1619-2007
   */
  SectorCipher aesXts(SecretBuffer key, int sectorSize);
}
