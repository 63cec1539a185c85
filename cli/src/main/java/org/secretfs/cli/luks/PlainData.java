package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.EncryptedBlockDevice;
import org.secretfs.block.EncryptedBlockDevice.TrimPolicy;
import org.secretfs.block.EncryptedBlockDevice.ZeroPolicy;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.VolumeKey;

/** A volume's plaintext in this process, without the kernel. */
final class PlainData {
  private PlainData() {}

  /** Opens the engine on the data device; the caller closes it, which closes all below. */
  static BlockDevice open(Path data, CryptSegment segment, VolumeKey key, boolean readOnly)
      throws IOException, SecretfsException {
    BlockDevice backing =
        readOnly ? FileBlockDevice.openReadOnly(data) : FileBlockDevice.open(data);
    try {
      return EncryptedBlockDevice.open(
          backing, segment, key.secret(), TrimPolicy.IGNORE, ZeroPolicy.ENCRYPT);
    } catch (IOException | SecretfsException | RuntimeException e) {
      backing.close();
      throw e;
    }
  }
}
