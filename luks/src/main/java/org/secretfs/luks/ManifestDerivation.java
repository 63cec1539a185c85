package org.secretfs.luks;

/**
 * How the key of a manifest's code comes from the keyslot's secret.
 *
 * <p>The choice belongs to whoever writes the manifest, never to a header: parameters that a header
 * names are used to check a manifest, not to make one.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc5869 RFC 5869
 */
public sealed interface ManifestDerivation {
  /** HKDF alone, in microseconds: for secrets of 256 random bits, and for no others. */
  ManifestDerivation RANDOM_SECRET = new RandomSecret();

  /** For a secret that nobody can guess. */
  record RandomSecret() implements ManifestDerivation {}

  /**
   * For a secret that might be guessed, such as a person's passphrase: Argon2id, then HKDF.
   *
   * <p>The code must not be a cheaper way to test guesses than the keyslot, so the cost is bounded
   * from below. Doubles what opening costs.
   *
   * @param cost at least {@link #LEAST_MEMORY_KIB} of memory with {@link #LEAST_TIME_COST} passes
   */
  record Passphrase(KdfParameters.Argon2id cost) implements ManifestDerivation {
    /** 64 MiB. */
    public static final int LEAST_MEMORY_KIB = 64 << 10;

    /** As many passes as cryptsetup makes at least. */
    public static final int LEAST_TIME_COST = 4;

    public Passphrase {
      if (cost.memoryKib() < LEAST_MEMORY_KIB || cost.timeCost() < LEAST_TIME_COST) {
        throw new IllegalArgumentException(
            "manifest under a passphrase with %s: at least %d KiB and %d passes"
                .formatted(cost, LEAST_MEMORY_KIB, LEAST_TIME_COST));
      }
    }
  }
}
