package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;

/** The data of a volume, all of it at once. */
final class Plaintext {
  private Plaintext() {}

  /** Returns what lies behind the header, decrypted. */
  static byte[] read(LuksStorage storage, String passphrase) throws IOException, LuksException {
    CryptSegment segment = LuksVolume.read(storage).segment();
    byte[] data = new byte[Math.toIntExact(storage.sizeBytes() - segment.offsetBytes())];
    storage.read(ByteBuffer.wrap(data), segment.offsetBytes());
    try (SectorCipher cipher = cipher(storage, passphrase)) {
      cipher.decrypt(data, 0, data.length, segment.ivTweak());
    }
    return data;
  }

  /** Writes data behind the header. */
  static void write(LuksStorage storage, String passphrase, byte[] data)
      throws IOException, LuksException {
    CryptSegment segment = LuksVolume.read(storage).segment();
    byte[] sectors = data.clone();
    try (SectorCipher cipher = cipher(storage, passphrase)) {
      cipher.encrypt(sectors, 0, sectors.length, segment.ivTweak());
    }
    storage.write(ByteBuffer.wrap(sectors), segment.offsetBytes());
    storage.sync();
  }

  private static SectorCipher cipher(LuksStorage storage, String passphrase)
      throws IOException, LuksException {
    LuksVolume volume = LuksVolume.read(storage);
    CryptSegment segment = volume.segment();
    try (SecretBuffer secret = TestVolumes.passphrase(passphrase);
        VolumeKey key = volume.unlock(secret)) {
      return SectorCiphers.of(segment.cipherSpec(), key.secret(), segment.sectorSize());
    }
  }
}
