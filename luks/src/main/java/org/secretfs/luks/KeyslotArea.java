package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.crypto.memory.SecretBuffer;

/** Stores a key in a keyslot's area and gets it back: split, then encrypted in 512-byte sectors. */
final class KeyslotArea {
  private static final int SECTOR_BYTES = 512;
  private static final int WIPE_CHUNK_BYTES = 64 << 10;

  private KeyslotArea() {}

  /** Whether this library can encrypt the area. */
  static boolean isSupported(Keyslot.Area area) {
    return CipherSpec.find(area.encryption())
        .filter(spec -> spec.takesKeyOf(area.keySizeBytes()))
        .isPresent();
  }

  private static SectorCipher cipher(Keyslot.Area area, SecretBuffer areaKey) {
    CipherSpec spec = CipherSpec.find(area.encryption()).orElseThrow();
    return SectorCiphers.of(spec, areaKey, SECTOR_BYTES);
  }

  /** Writes {@code key}; durable after the storage's next barrier. */
  static void write(LuksStorage storage, Keyslot keyslot, SecretBuffer areaKey, SecretBuffer key)
      throws IOException {
    byte[] split = AfSplitter.split(key, Keyslot.STRIPES, keyslot.afHash());
    byte[] sectors = Arrays.copyOf(split, keyslot.splitBytes());
    Arrays.fill(split, (byte) 0);
    try (SectorCipher cipher = cipher(keyslot.area(), areaKey)) {
      cipher.encrypt(sectors, 0, sectors.length, 0);
      storage.write(ByteBuffer.wrap(sectors), keyslot.area().offsetBytes());
    } finally {
      // Where encrypting failed these are still the key.
      Arrays.fill(sectors, (byte) 0);
    }
  }

  /** Overwrites an area with random bytes, durably: without any one of them the key is gone. */
  static void destroy(LuksStorage storage, Keyslot.Area area) throws IOException {
    for (long done = 0; done < area.sizeBytes(); done += WIPE_CHUNK_BYTES) {
      int length = (int) Math.min(WIPE_CHUNK_BYTES, area.sizeBytes() - done);
      storage.write(ByteBuffer.wrap(KernelRandom.bytes(length)), area.offsetBytes() + done);
    }
    storage.sync();
  }

  /** Returns what {@code areaKey} gets out of the area, right or not; the caller closes it. */
  static SecretBuffer read(LuksStorage storage, Keyslot keyslot, SecretBuffer areaKey)
      throws IOException {
    byte[] sectors = new byte[keyslot.splitBytes()];
    storage.read(ByteBuffer.wrap(sectors), keyslot.area().offsetBytes());
    try (SectorCipher cipher = cipher(keyslot.area(), areaKey)) {
      cipher.decrypt(sectors, 0, sectors.length, 0);
      return AfSplitter.merge(sectors, keyslot.keySizeBytes(), Keyslot.STRIPES, keyslot.afHash());
    } finally {
      Arrays.fill(sectors, (byte) 0);
    }
  }
}
