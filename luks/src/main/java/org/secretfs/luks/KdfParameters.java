package org.secretfs.luks;

/**
 * How a passphrase becomes the key of a keyslot's area, without the salt.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.2.5 Key Derivation Object
 */
public sealed interface KdfParameters {
  /**
   * PBKDF2.
   *
   * @param hash as cryptsetup names it: {@code sha256}, {@code sha512}
   * @param iterations 1000 to 100,000,000
   */
  record Pbkdf2(String hash, int iterations) implements KdfParameters {
    public Pbkdf2 {
      KdfBounds.check(KdfBounds.pbkdf2(iterations));
    }
  }

  /**
   * Argon2id.
   *
   * @param timeCost passes, at least 1 and at most 2^30 / {@code memoryKib}
   * @param memoryKib 32 to 4 GiB
   * @param lanes 1 to 16
   */
  record Argon2id(int timeCost, int memoryKib, int lanes) implements KdfParameters {
    public Argon2id {
      KdfBounds.check(KdfBounds.argon2(timeCost, memoryKib, lanes));
    }
  }

  /** Argon2i; parameters as for {@link Argon2id}. */
  record Argon2i(int timeCost, int memoryKib, int lanes) implements KdfParameters {
    public Argon2i {
      KdfBounds.check(KdfBounds.argon2(timeCost, memoryKib, lanes));
    }
  }
}
