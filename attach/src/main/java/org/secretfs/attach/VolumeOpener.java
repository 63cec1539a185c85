package org.secretfs.attach;

import java.io.IOException;
import org.secretfs.block.BlockDevice;
import org.secretfs.crypto.memory.SecretBuffer;

/** Makes the decrypted device of a volume from its backing device and its key. */
@FunctionalInterface
interface VolumeOpener {
  /**
   * Opens it.
   *
   * @param volumeKey lent for the call
   * @return a device that the caller closes, and that closes all below it
   */
  BlockDevice open(ServerParameters parameters, SecretBuffer volumeKey) throws IOException;
}
