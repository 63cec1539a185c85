package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;

/** Stores a key in a keyslot's area and gets it back: split, then encrypted in 512-byte sectors. */
final class KeyslotArea {
  private static final int SECTOR_BYTES = 512;

  private KeyslotArea() {}

  /** Whether this library can encrypt the area. */
  static boolean isSupported(Keyslot.Area area) {
    return area.encryption().equals(CryptSegment.AES_XTS_PLAIN64)
        && (area.keySizeBytes() == 32 || area.keySizeBytes() == 64);
  }

  /** Writes {@code key}; durable after the storage's next barrier. */
  static void write(LuksStorage storage, Keyslot keyslot, SecretBuffer areaKey, SecretBuffer key)
      throws IOException {
    byte[] split = AfSplitter.split(key, Keyslot.STRIPES, keyslot.afHash());
    byte[] sectors = Arrays.copyOf(split, keyslot.splitBytes());
    try (SectorCipher cipher = SectorCiphers.aesXts(areaKey, SECTOR_BYTES)) {
      cipher.encrypt(sectors, 0, sectors.length, 0);
      storage.write(ByteBuffer.wrap(sectors), keyslot.area().offsetBytes());
    } finally {
      Arrays.fill(split, (byte) 0);
    }
  }

  /** Returns what {@code areaKey} gets out of the area, right or not; the caller closes it. */
  static SecretBuffer read(LuksStorage storage, Keyslot keyslot, SecretBuffer areaKey)
      throws IOException {
    byte[] sectors = new byte[keyslot.splitBytes()];
    storage.read(ByteBuffer.wrap(sectors), keyslot.area().offsetBytes());
    try (SectorCipher cipher = SectorCiphers.aesXts(areaKey, SECTOR_BYTES)) {
      cipher.decrypt(sectors, 0, sectors.length, 0);
      return AfSplitter.merge(sectors, keyslot.keySizeBytes(), Keyslot.STRIPES, keyslot.afHash());
    } finally {
      Arrays.fill(sectors, (byte) 0);
    }
  }
}
