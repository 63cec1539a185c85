package org.secretfs.luks;

import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Keeps the manifest of a keyslot true when that keyslot is changed: whoever gives the secret by
 * which the header was vouched for before vouches for it afterwards. To be made before the change.
 *
 * <p>Change and renewal are two updates of the header. A crash between them leaves a manifest that
 * vouches for the keyslot before: unattended opening then refuses it, as it does a swapped header.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 on-disk format 1.1.4 §3.6
 */
public final class ManifestKeeper {
  private static final ManifestDerivation PASSPHRASE =
      new ManifestDerivation.Passphrase(
          new KdfParameters.Argon2id(
              ManifestDerivation.Passphrase.LEAST_TIME_COST,
              ManifestDerivation.Passphrase.LEAST_MEMORY_KIB,
              1));

  private final int keyslot;
  private final boolean present;
  private final @Nullable ManifestOptions options;

  /** What became of the manifest. */
  public enum Outcome {
    /** There was none. */
    NONE,
    /** It vouches for the header as it is now. */
    RENEWED,
    /** It no longer vouches for the header: the secret did not make it, or it did not before. */
    BROKEN
  }

  private ManifestKeeper(int keyslot, boolean present, @Nullable ManifestOptions options) {
    this.keyslot = keyslot;
    this.present = present;
    this.options = options;
  }

  /**
   * Looks at the manifest of a keyslot, before that is changed. Costs a key derivation where the
   * manifest was made with a passphrase.
   *
   * @param secret opens the keyslot; stays the caller's
   */
  public static ManifestKeeper of(LuksVolume volume, int keyslot, SecretBuffer secret)
      throws LuksException {
    Optional<Token> token =
        volume instanceof Luks2Volume luks2
            ? luks2.tokens().values().stream()
                .filter(Manifest::isOne)
                .filter(one -> one.keyslots().contains(keyslot))
                .findFirst()
            : Optional.empty();
    return new ManifestKeeper(
        keyslot,
        token.isPresent(),
        token.isPresent() ? options(volume, token.get(), secret) : null);
  }

  private static @Nullable ManifestOptions options(
      LuksVolume volume, Token token, SecretBuffer secret) throws LuksException {
    try {
      Manifest manifest = Manifest.read(token);
      if (volume instanceof Luks2Volume luks2 && manifest.isMadeWith(secret)) {
        AuthenticHeader _ =
            luks2.authenticate(secret, manifest.volume(), ManifestOptions.FIRST_EPOCH);
        return manifest.options();
      }
      return null;
    } catch (LuksException.ManifestBroken | LuksException.HeaderNotVouchedFor e) {
      return null;
    }
  }

  /** Whether the header of a volume, in re-encryption or not, has a manifest of any keyslot. */
  public static boolean isIn(LuksStorage headerStorage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = headerStorage.lock(LuksStorage.LockMode.SHARED)) {
      HeaderCopy copy = HeaderCopies.read(headerStorage).current(headerStorage);
      return copy.metadata().tokens().values().stream().anyMatch(Manifest::isOne);
    }
  }

  /** Vouches for the header after the keyslot changed in how its secret is stretched. */
  public Outcome renew(LuksVolume volume, SecretBuffer sameSecret)
      throws IOException, LuksException {
    return options == null ? missing() : write(volume, sameSecret, options);
  }

  /** The same after it got another secret, of which nothing is known: it might be guessed. */
  public Outcome renewWithOther(LuksVolume volume, SecretBuffer newSecret)
      throws IOException, LuksException {
    return options == null
        ? missing()
        : write(
            volume, newSecret, new ManifestOptions(options.volume(), options.epoch(), PASSPHRASE));
  }

  private Outcome missing() {
    return present ? Outcome.BROKEN : Outcome.NONE;
  }

  private Outcome write(LuksVolume volume, SecretBuffer secret, ManifestOptions now)
      throws IOException, LuksException {
    ((Luks2Volume) volume).writeManifest(secret, keyslot, now);
    return Outcome.RENEWED;
  }
}
