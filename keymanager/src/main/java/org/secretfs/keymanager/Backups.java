package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditException;
import org.secretfs.audit.AuditIdentity;
import org.secretfs.audit.AuditLog;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.Verification;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.store.BackupHeader;
import org.secretfs.keymanager.store.KeyStore;

/** Makes and restores backups where no server runs. */
public final class Backups {
  private final KeyManagerConfig config;
  private final Clock clock;

  /** Means the state of this configuration. */
  public Backups(KeyManagerConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
  }

  /**
   * What came of a restore.
   *
   * @param header the backup's
   * @param auditContinues whether the audit log holds the last record from before the backup; if
   *     not, it is another log, or it was cut off
   */
  public record Restored(BackupHeader header, boolean auditContinues) {}

  /**
   * Makes a backup; {@link KeyManagerControl#backup} has a server do it.
   *
   * @param root the root key
   * @param target must not exist
   */
  public BackupHeader make(RootKey root, Path target) throws KeyManagerException {
    try (ServerLock _ = ServerLock.take(config.stateDirectory());
        KeyStore store = KeyStore.open(KeyManager.files(config), root);
        AuditLog log = log()) {
      return store.backup(target.toAbsolutePath(), log.head(), clock.instant());
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private AuditLog log() throws KeyManagerException {
    try {
      return AuditLog.open(config.auditDirectory(), clock);
    } catch (AuditException e) {
      throw new KeyManagerException.Audit(String.valueOf(e.getMessage()), e);
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private KeyManagerException failed(IOException e) {
    return new KeyManagerException.Unavailable(
        "audit log %s: cannot be used".formatted(config.auditDirectory()), e);
  }

  /**
   * Puts a backup into the database's place, which is kept beside it.
   *
   * @param root the root key that the backup's header names
   * @param acceptOlder allows a backup older than what was seen of the database
   */
  public Restored restore(Path backup, RootKey root, boolean acceptOlder)
      throws KeyManagerException {
    try {
      Files.createDirectories(
          config.stateDirectory(),
          PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "state %s: cannot be made".formatted(config.stateDirectory()), e);
    }
    try (ServerLock _ = ServerLock.take(config.stateDirectory())) {
      BackupHeader header = KeyStore.restore(KeyManager.files(config), backup, root, acceptOlder);
      return new Restored(header, record(header));
    } catch (IOException e) {
      throw failed(e);
    }
  }

  private boolean record(BackupHeader header) throws IOException, KeyManagerException {
    try (AuditLog log = log()) {
      Verification.Head position =
          new Verification.Head(header.auditSequence(), header.auditHash());
      boolean continues = AuditTrail.verify(config.auditDirectory(), position).isIntact();
      log.append(
          AuditEvent.named("kms.amazonaws.com", "RestoreBackup")
              .at(clock.instant())
              .in(config.accountId(), config.region())
              .from("127.0.0.1", "secretfs")
              .by(AuditIdentity.service("secretfs"))
              .serviceEvent()
              .noting(
                  JsonNodeFactory.instance
                      .objectNode()
                      .put("generation", header.generation())
                      .put("auditContinues", continues))
              .build());
      return continues;
    }
  }
}
