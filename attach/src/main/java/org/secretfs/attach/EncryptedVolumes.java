package org.secretfs.attach;

import java.io.IOException;
import java.nio.file.Path;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;

/** Opens the volumes that a server serves: a segment of AES-XTS on a file or a kernel device. */
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
    if (!segment.cipher().equals(CryptSegment.AES_XTS_PLAIN64)) {
      throw new IOException("cipher '%s' is not served here".formatted(segment.cipher()));
    }
    BlockDevice backing = openBacking(parameters.backing(), parameters.readOnly());
    SectorCipher cipher = SectorCiphers.aesXts(volumeKey, segment.sectorSize());
    try {
      return new EncryptedBlockDevice(backing, segment, cipher, policy(parameters));
    } catch (IOException e) {
      cipher.close();
      backing.close();
      throw e;
    }
  }

  private static BlockDevice openBacking(Path path, boolean readOnly) throws IOException {
    return readOnly ? FileBlockDevice.openReadOnly(path) : FileBlockDevice.open(path);
  }

  private static TrimPolicy policy(ServerParameters parameters) {
    return parameters.discards() ? TrimPolicy.PASS_THROUGH : TrimPolicy.IGNORE;
  }
}
