package org.secretfs.keymanager;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditLog;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.store.StoreFiles;

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
    KeyStore.init(files(config));
    try {
      AuditLog.open(config.auditDirectory(), clock).close();
    } catch (AuditException.Locked e) {
      // A server writes it, so it is there.
    } catch (AuditException | IOException e) {
      throw new KeyManagerException.Audit(String.valueOf(e.getMessage()), e);
    }
  }

  static StoreFiles files(KeyManagerConfig config) {
    return new StoreFiles(
        config.stateDirectory(), config.rootKeyFile(), config.accountId(), config.region());
  }

  /**
   * Makes a user where it is missing, gives it policies, and makes an access key for it. May be
   * repeated: each time there is one access key more.
   *
   * @param policies names of policies, as {@link Administration} lists them
   * @return the key, which the caller closes
   */
  public static AccessKey provisionUser(
      KeyManagerConfig config, String userName, List<String> policies, Clock clock)
      throws KeyManagerException {
    try (Administration administration = Administration.open(config, clock)) {
      return administration.provisionUser(userName, policies);
    }
  }

  /** Writes a record that was kept as bytes. */
  static void append(AuditLog log, byte[] record) throws IOException {
    try {
      log.append(AuditEvent.fromJson(record));
    } catch (AuditException.MalformedLine e) {
      throw new IOException("a pending record was changed in the database", e);
    }
  }
}
