package org.secretfs.keymanager.store;

import java.io.BufferedOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Base64;
import java.util.Optional;
import org.secretfs.audit.Verification;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * Makes a backup of a database that may be changed meanwhile: a snapshot of one moment, by SQLite,
 * which is then sealed.
 */
final class BackupWriter {
  private static final int SALT_BYTES = 32;

  private final StoreFiles files;
  private final Wrapping wrapping;

  BackupWriter(StoreFiles files, Wrapping wrapping) {
    this.files = files;
    this.wrapping = wrapping;
  }

  /**
   * Writes a file, which must not exist; it is whole and on the disk when this returns, or not
   * there.
   *
   * @param audit the last record; all that it and those before tell of is in the backup
   */
  BackupHeader write(Path target, Verification.Head audit, Instant now) throws KeyManagerException {
    if (Files.exists(target)) {
      throw new KeyManagerException.Backup("backup %s: exists already".formatted(target));
    }
    Path snapshot = files.stateDirectory().resolve("keymanager.db.snapshot");
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      Files.deleteIfExists(snapshot);
      Files.deleteIfExists(part);
      PrivateFiles.create(snapshot);
      Database.snapshot(files.database(), snapshot);
      BackupHeader header = header(snapshot, audit, now);
      PrivateFiles.create(part);
      seal(snapshot, part, header.toBytes());
      PrivateFiles.replace(target, part);
      return header;
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "backup %s: cannot be written".formatted(target), e);
    } catch (SQLException e) {
      throw new KeyManagerException.Store(
          "database %s: %s".formatted(files.database(), e.getMessage()), e);
    } finally {
      remove(snapshot);
      remove(part);
    }
  }

  private static void remove(Path file) throws KeyManagerException {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("%s: cannot be removed".formatted(file), e);
    }
  }

  private BackupHeader header(Path snapshot, Verification.Head audit, Instant now)
      throws SQLException, KeyManagerException {
    try (Database database = Database.open(snapshot)) {
      String rootId = database.read(Meta::rootId).orElseThrow();
      byte[] wrapped = database.read(sql -> WrappingKeys.wrapped(sql, KeyPurpose.BACKUPS));
      return new BackupHeader(
          wrapping.databaseId(),
          rootId,
          database.read(Meta::generation),
          now,
          audit.sequence(),
          audit.hash(),
          base64(wrapped),
          base64(KernelRandom.bytes(SALT_BYTES)),
          sealedRoot(rootId));
    }
  }

  private String sealedRoot(String rootId) throws KeyManagerException {
    Optional<KeptRoot> kept = new RootFile(files.rootKeyFile()).find(rootId);
    if (kept.isEmpty()) {
      throw new KeyManagerException.RootKey(
          "root key %s: was replaced during the backup".formatted(files.rootKeyFile()));
    }
    try (KeptRoot root = kept.get()) {
      return root.sealed().map(sealed -> base64(sealed.toBytes())).orElse("");
    }
  }

  private static String base64(byte[] bytes) {
    return Base64.getEncoder().encodeToString(bytes);
  }

  private void seal(Path snapshot, Path target, byte[] header) throws IOException {
    try (InputStream in = Files.newInputStream(snapshot);
        FileOutputStream file = new FileOutputStream(target.toFile());
        OutputStream out = new BufferedOutputStream(file);
        BackupStream stream = new BackupStream(wrapping.backupKey(), header)) {
      out.write(header);
      out.write('\n');
      stream.write(in, out);
      out.flush();
      file.getFD().sync();
    }
  }
}
