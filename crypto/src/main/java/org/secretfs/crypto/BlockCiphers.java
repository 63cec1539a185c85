package org.secretfs.crypto;

import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;

/** One implementation of the sector ciphers other than AES-XTS. Safe for several threads. */
interface BlockCiphers {
  /** A short name: {@code libgcrypt} or {@code bouncycastle}. */
  String name();

  /** Why a cipher with a key of that length cannot be had here, or empty where it can. */
  Optional<String> unavailableBecause(CipherSpec spec, int keyBytes);

  /** Returns a context with the key; does not keep {@code key}. The cipher is one that it has. */
  SectorContext newContext(CipherSpec spec, SecretBuffer key);

  /** Returns the cipher; arguments are checked before. */
  default SectorCipher cipher(CipherSpec spec, SecretBuffer key, int unitBytes) {
    unavailableBecause(spec, key.length())
        .ifPresent(reason -> {
          throw new IllegalStateException("cipher provider %s: %s".formatted(name(), reason));
        });
    SectorCipher cipher =
        new PooledCipher(
            spec.dmCryptName(), name(), key, unitBytes, secret -> newContext(spec, secret));
    return spec.iv() == CipherSpec.Iv.PLAIN ? new PlainNumbers(cipher) : cipher;
  }
}
