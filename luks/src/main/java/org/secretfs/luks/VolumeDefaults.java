package org.secretfs.luks;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.kdf.Argon2;

/** What a new volume of secretfs looks like, whoever makes it. */
public final class VolumeDefaults {
  /** Where the data begins behind a header on the same device. */
  public static final long DATA_OFFSET_BYTES = 16L << 20;

  /**
   * A secret that the key manager just made is random: guessing it is hopeless, so the derivation
   * only has to be one that every implementation accepts.
   */
  public static final KdfParameters RANDOM_SECRET_KDF = new KdfParameters.Pbkdf2("sha256", 1000);

  private static final Duration PASSPHRASE_TIME = Duration.ofSeconds(1);
  private static final int PASSPHRASE_MEMORY_KIB = 1 << 20;
  private static final int PASSPHRASE_LANES = 4;
  private static final int LABEL_BYTES = 47;

  private VolumeDefaults() {}

  /**
   * Returns the options of a volume that goes by a name; sector size, offset and tokens are the
   * caller's to add. Costs a second where the secret is not known to be random.
   *
   * @param name becomes the label, cut to what has room
   * @param secretIsRandom whether the secret is known to be one that nobody can guess; one that was
   *     there before may be a person's passphrase
   */
  public static FormatOptions.Builder options(String name, boolean secretIsRandom)
      throws CryptoException {
    return FormatOptions.builder(kdf(secretIsRandom))
        .dataOffsetBytes(DATA_OFFSET_BYTES)
        .label(label(name))
        .subsystem("secretfs");
  }

  /** How the manifest's key comes from a secret: as costly as its keyslot, where it matters. */
  public static ManifestDerivation manifestDerivation(boolean secretIsRandom)
      throws CryptoException {
    if (secretIsRandom) {
      return ManifestDerivation.RANDOM_SECRET;
    }
    Argon2.Cost cost = Argon2.benchmark(PASSPHRASE_TIME, PASSPHRASE_MEMORY_KIB, PASSPHRASE_LANES);
    return new ManifestDerivation.Passphrase(
        new KdfParameters.Argon2id(
            Math.max(cost.timeCost(), ManifestDerivation.Passphrase.LEAST_TIME_COST),
            Math.max(cost.memoryKib(), ManifestDerivation.Passphrase.LEAST_MEMORY_KIB),
            cost.lanes()));
  }

  /** How a keyslot's passphrase is stretched. Costs a second where it is not known to be random. */
  public static KdfParameters kdf(boolean secretIsRandom) throws CryptoException {
    return secretIsRandom ? RANDOM_SECRET_KDF : passphraseKdf();
  }

  private static KdfParameters passphraseKdf() throws CryptoException {
    Argon2.Cost cost = Argon2.benchmark(PASSPHRASE_TIME, PASSPHRASE_MEMORY_KIB, PASSPHRASE_LANES);
    return new KdfParameters.Argon2id(cost.timeCost(), cost.memoryKib(), cost.lanes());
  }

  private static String label(String name) {
    byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
    return bytes.length <= LABEL_BYTES ? name : name.substring(0, LABEL_BYTES);
  }
}
