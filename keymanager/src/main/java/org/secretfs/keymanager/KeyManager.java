package org.secretfs.keymanager;

import java.io.IOException;
import java.time.Clock;
import java.util.List;
import java.util.UUID;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditIdentity;
import org.secretfs.audit.AuditLog;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.store.KeptRoot;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.store.RootSealer;
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
    init(config, RootSealer.CLEAR, clock);
  }

  /**
   * The same with another way to keep a new root key.
   *
   * @return whether the database was made now; otherwise {@code sealer} was not used
   */
  public static boolean init(KeyManagerConfig config, RootSealer sealer, Clock clock)
      throws KeyManagerException {
    boolean made = KeyStore.init(files(config), sealer);
    try {
      AuditLog.open(config.auditDirectory(), clock).close();
    } catch (AuditException.Locked e) {
      // A server writes it, so it is there.
    } catch (AuditException | IOException e) {
      throw new KeyManagerException.Audit(String.valueOf(e.getMessage()), e);
    }
    return made;
  }

  /**
   * The root key as it is kept; the caller closes it.
   *
   * @throws KeyManagerException if the state does not fit together or to {@code config}
   */
  public static KeptRoot root(KeyManagerConfig config) throws KeyManagerException {
    return KeyStore.root(files(config));
  }

  static StoreFiles files(KeyManagerConfig config) {
    return new StoreFiles(
        config.stateDirectory(), config.rootKeyFile(), config.accountId(), config.region());
  }

  /**
   * Puts the root key under another seal, and with it under another root key. A server that runs
   * goes on; it needs the new seal at its next start.
   *
   * @param former the present root key
   */
  public static void rewrap(KeyManagerConfig config, RootKey former, RootSealer sealer, Clock clock)
      throws KeyManagerException {
    byte[] record =
        AuditEvent.named("kms.amazonaws.com", "RewrapRootKey")
            .at(clock.instant())
            .in(config.accountId(), config.region())
            .from("127.0.0.1", "secretfs")
            .by(AuditIdentity.service("secretfs"))
            .requestId(UUID.randomUUID().toString())
            .build()
            .toJson();
    KeyStore.rewrap(files(config), former, sealer, record);
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

  /** The same, with the root key of a store that keeps it sealed. */
  public static AccessKey provisionUser(
      KeyManagerConfig config, RootKey root, String userName, List<String> policies, Clock clock)
      throws KeyManagerException {
    try (Administration administration = Administration.open(config, root, clock)) {
      return administration.provisionUser(userName, policies);
    }
  }

  /** The public keys that verify the audit trail, oldest first. A server may run meanwhile. */
  public static List<TrailKey> trailKeys(KeyManagerConfig config, RootKey root)
      throws KeyManagerException {
    try (KeyStore store = KeyStore.open(files(config), root)) {
      return store.trail().keys();
    } catch (IOException e) {
      throw new KeyManagerException.Store(String.valueOf(e.getMessage()), e);
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
