package org.secretfs.luks;

import java.util.OptionalLong;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.CryptoException;

/**
 * The encrypted part of the data device.
 *
 * @param offsetBytes where it begins on the data device
 * @param sizeBytes its length, a multiple of {@code sectorSize}; empty if it reaches to the end of
 *     the device
 * @param cipher the cipher as dm-crypt names it, as in {@code aes-xts-plain64}
 * @param sectorSize bytes per encryption unit: 512, 1024, 2048 or 4096
 * @param ivTweak added to every sector number, in units of 512 bytes
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §3.3.2 Segment Type crypt
 */
public record CryptSegment(
    long offsetBytes, OptionalLong sizeBytes, String cipher, int sectorSize, long ivTweak) {
  /** What this library formats unless told otherwise. */
  public static final String AES_XTS_PLAIN64 = "aes-xts-plain64";

  /**
   * The cipher, to be keyed with the volume key.
   *
   * @throws LuksException.UnsupportedFeature if it is none of those that are here
   */
  public CipherSpec cipherSpec() throws LuksException {
    try {
      return CipherSpec.parse(cipher);
    } catch (CryptoException.NotSupported e) {
      throw new LuksException.UnsupportedFeature(String.valueOf(e.getMessage()));
    }
  }
}
