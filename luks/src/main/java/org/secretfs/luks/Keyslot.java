package org.secretfs.luks;

import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * One wrapped copy of a key.
 *
 * @param kdfSalt base64 of 32 bytes
 */
record Keyslot(
    int keySizeBytes,
    KeyslotInfo.Priority priority,
    KdfParameters kdf,
    String kdfSalt,
    HashAlgorithm afHash,
    Area area) {
  /** The number of stripes that LUKS2 allows. */
  static final int STRIPES = 4000;

  Keyslot withPriority(KeyslotInfo.Priority other) {
    return new Keyslot(keySizeBytes, other, kdf, kdfSalt, afHash, area);
  }

  /** This keyslot with an area of another size. */
  Keyslot inAreaOf(long sizeBytes) {
    Area other = new Area(area.offsetBytes(), sizeBytes, area.encryption(), area.keySizeBytes());
    return new Keyslot(keySizeBytes, priority, kdf, kdfSalt, afHash, other);
  }

  /** The bytes that the split key takes: whole sectors of 512 bytes. */
  int splitBytes() {
    return splitBytes(keySizeBytes);
  }

  static int splitBytes(int keySizeBytes) {
    return Math.ceilDiv(keySizeBytes * STRIPES, 512) * 512;
  }

  KeyslotInfo info(int number, boolean boundToSegment) {
    return new KeyslotInfo(
        number,
        priority,
        kdf,
        keySizeBytes,
        area.offsetBytes(),
        area.sizeBytes(),
        boundToSegment,
        new KeyslotInfo.Wrapping(
            area.encryption(), area.keySizeBytes(), kdfSalt, afHash.luksName(), STRIPES));
  }

  /** Where the split key lies and how it is encrypted. */
  record Area(long offsetBytes, long sizeBytes, String encryption, int keySizeBytes) {
    long endBytes() {
      return offsetBytes + sizeBytes;
    }
  }
}
