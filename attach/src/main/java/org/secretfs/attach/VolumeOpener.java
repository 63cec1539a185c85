package org.secretfs.attach;

import java.io.IOException;
import org.secretfs.crypto.memory.SecretBuffer;

/** Makes the decrypted device of a volume from its backing device and its key. */
@FunctionalInterface
interface VolumeOpener {
  /**
   * Opens it.
   *
   * @param secret the volume key or a passphrase, as the parameters say; lent for the call
   * @return a device that the caller closes, and that closes all below it
   */
  ServedForms open(ServerParameters parameters, SecretBuffer secret) throws IOException;
}
