package org.secretfs.attach;

import java.io.Closeable;
import java.io.IOException;
import org.secretfs.block.BlockDevice;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.ReencryptListener;
import org.secretfs.luks.ReencryptRun;

/** What a server serves: one device, whose data may be re-encrypted while it is in use. */
interface ServedForms extends Closeable {
  /** What the kernel sees; the same for as long as this is open. */
  BlockDevice device();

  /**
   * Re-encrypts while the device is in use, until the end or until the listener says so. The header
   * must say that it began.
   *
   * @param passphrase opens both keys; not needed where the volume is served in its parts already
   * @return whether the end was reached; if not, the volume is served in its parts
   */
  boolean reencrypt(SecretBuffer passphrase, ReencryptRun run, ReencryptListener listener)
      throws IOException, LuksException;
}
