package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Path;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;

/** Opens the volumes that a server serves: a crypt segment on a file or a kernel device. */
final class EncryptedVolumes {
  private EncryptedVolumes() {}

  /**
   * Opens one; closing it closes the cipher and the backing device.
   *
   * @throws IOException if the backing device cannot be opened, the segment does not lie on it, or
   *     its cipher is another
   */
  static BlockDevice open(ServerParameters parameters, SecretBuffer volumeKey) throws IOException {
    CryptSegment segment = parameters.segment();
    CipherSpec spec = spec(segment, volumeKey);
    BlockDevice backing = openBacking(parameters.backing(), parameters.readOnly());
    SectorCipher cipher = SectorCiphers.of(spec, volumeKey, segment.sectorSize());
    try {
      return new EncryptedBlockDevice(backing, segment, cipher, policy(parameters));
    } catch (IOException e) {
      cipher.close();
      backing.close();
      throw e;
    }
  }

  private static CipherSpec spec(CryptSegment segment, SecretBuffer volumeKey) throws IOException {
    return CipherSpec.find(segment.cipher())
        .filter(spec -> spec.takesKeyOf(volumeKey.length()))
        .orElseThrow(() ->
            new IOException(
                "cipher '%s' with a key of %d bytes is not served here"
                    .formatted(segment.cipher(), volumeKey.length())));
  }

  private static BlockDevice openBacking(Path path, boolean readOnly) throws IOException {
    return readOnly
        ? FileBlockDevice.openReadOnly(path)
        : FileBlockDevice.openServed(path, FileBlockDevice.Caching.PAGE_CACHE);
  }

  private static TrimPolicy policy(ServerParameters parameters) {
    return parameters.discards() ? TrimPolicy.PASS_THROUGH : TrimPolicy.IGNORE;
  }
}
