package org.secretfs.luks;

import org.secretfs.crypto.CipherSpec;
import org.secretfs.failure.OptionException;

/**
 * What encrypts a keyslot's area, where that is not as the data is.
 *
 * @param keySizeBytes the length of the key that the passphrase is stretched to; one that the
 *     cipher takes
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.2.3 Area Object
 */
public record KeyslotEncryption(CipherSpec cipher, int keySizeBytes) {
  /** Checks the length. */
  public KeyslotEncryption {
    if (!cipher.takesKeyOf(keySizeBytes)) {
      throw new OptionException(
          "keyslot key of %d bytes: %s takes %s bytes"
              .formatted(keySizeBytes, cipher, cipher.keySizesBytes()));
    }
  }

  /** A keyslot encrypted as the data is: no other cipher need be trusted. */
  static KeyslotEncryption asData(CipherSpec cipher, int volumeKeyBytes) {
    return new KeyslotEncryption(
        cipher, cipher.takesKeyOf(volumeKeyBytes) ? volumeKeyBytes : cipher.longestKeyBytes());
  }
}
