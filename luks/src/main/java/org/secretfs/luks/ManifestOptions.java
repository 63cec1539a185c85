package org.secretfs.luks;

import org.secretfs.failure.OptionException;

/**
 * What a manifest is to say and how its key is derived.
 *
 * @param volume the volume's name, 1 to 128 characters
 * @param epoch 1 or more; whoever wants older manifests refused raises it and asks for the new one
 * @param derivation how the key comes from the secret
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.6 Tokens Object
 */
public record ManifestOptions(String volume, long epoch, ManifestDerivation derivation) {
  /** The epoch of a volume's first manifest. */
  public static final long FIRST_EPOCH = 1;

  private static final int MAX_VOLUME_CHARS = 128;

  public ManifestOptions {
    if (volume.isEmpty() || volume.length() > MAX_VOLUME_CHARS) {
      throw new OptionException(
          "volume name of %d characters: must be 1 to %d"
              .formatted(volume.length(), MAX_VOLUME_CHARS));
    }
    if (epoch < FIRST_EPOCH) {
      throw new OptionException("manifest epoch %d: must be 1 or more".formatted(epoch));
    }
  }

  /** Returns options for a volume's first manifest. */
  public static ManifestOptions first(String volume, ManifestDerivation derivation) {
    return new ManifestOptions(volume, FIRST_EPOCH, derivation);
  }
}
