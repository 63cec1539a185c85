package org.secretfs.keymanager.store;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.sql.SQLException;
import java.util.List;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;

/**
 * Puts a backup into a database's place. Nothing of what is there is touched before the backup is
 * decrypted and proven whole; the database that it replaces is kept beside it. A kill in between
 * leaves a state in which the same can be done again.
 */
final class BackupReader {
  private static final List<String> PARTS = List.of("", "-wal", "-shm");
  private static final String KEPT = ".before-restore";

  private final StoreFiles files;
  private final RootFile rootFile;

  BackupReader(StoreFiles files) {
    this.files = files;
    this.rootFile = new RootFile(files.rootKeyFile());
  }

  /** Reads what a backup says of itself; not proven yet. */
  static BackupHeader header(Path backup) throws KeyManagerException {
    try (InputStream in = open(backup)) {
      return BackupHeader.parse(line(in));
    } catch (IOException e) {
      throw unreadable(backup, e);
    }
  }

  private static InputStream open(Path backup) throws IOException {
    return new BufferedInputStream(Files.newInputStream(backup));
  }

  private static KeyManagerException.Unavailable unreadable(Path backup, IOException e) {
    return new KeyManagerException.Unavailable("backup %s: cannot be read".formatted(backup), e);
  }

  private static byte[] line(InputStream in) throws IOException, KeyManagerException.Backup {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.size() >= BackupHeader.MOST_BYTES) {
        throw new KeyManagerException.Backup("backup: its first line is damaged");
      }
      line.write(next);
    }
    return line.toByteArray();
  }

  /**
   * Restores.
   *
   * @param root the root key that the header names
   * @param acceptOlder allows a backup that is older than what was seen of the database
   */
  BackupHeader restore(Path backup, RootKey root, boolean acceptOlder) throws KeyManagerException {
    Path fresh = files.stateDirectory().resolve("keymanager.db.restoring");
    try {
      PrivateFiles.directoryOf(fresh);
      Files.deleteIfExists(fresh);
      PrivateFiles.create(fresh);
      BackupHeader header = decrypt(backup, root, fresh);
      check(fresh, header, root);
      refuseOlder(header, acceptOlder);
      replace(fresh, header, root);
      return header;
    } catch (IOException e) {
      throw unreadable(backup, e);
    } catch (SQLException e) {
      throw new KeyManagerException.Backup("backup: its database is damaged: " + e.getMessage());
    } finally {
      discard(fresh);
    }
  }

  private static void discard(Path fresh) throws KeyManagerException {
    try {
      for (String part : PARTS) {
        Files.deleteIfExists(fresh.resolveSibling(fresh.getFileName() + part));
      }
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("%s: cannot be removed".formatted(fresh), e);
    }
  }

  private static BackupHeader decrypt(Path backup, RootKey root, Path target)
      throws IOException, KeyManagerException {
    try (InputStream in = open(backup);
        FileOutputStream out = new FileOutputStream(target.toFile())) {
      byte[] line = line(in);
      BackupHeader header = BackupHeader.parse(line);
      try (SecretBuffer key =
              WrappingKeys.unwrap(
                  header.databaseId(), KeyPurpose.BACKUPS, root, header.wrappedKeyBytes());
          BackupStream stream = new BackupStream(key, line)) {
        stream.read(in, out);
      } catch (CryptoException.Tampered e) {
        throw new KeyManagerException.Backup("backup: is not of this root key");
      }
      out.getFD().sync();
      return header;
    }
  }

  private void check(Path fresh, BackupHeader header, RootKey root)
      throws SQLException, KeyManagerException {
    try (Database database = Database.open(fresh)) {
      database.checkIntegrity();
      new StoreOpener(files).checkPlace(database);
      boolean same =
          database.read(Meta::databaseId).orElse("").equals(header.databaseId())
              && database.read(Meta::rootId).orElse("").equals(header.rootId())
              && root.id().equals(header.rootId())
              && database.read(Meta::generation) == header.generation();
      if (!same) {
        throw new KeyManagerException.Backup("backup: its parts do not belong together");
      }
      database
          .<WrappingKeys, CryptoException.Tampered>read(
              sql -> WrappingKeys.read(sql, header.databaseId(), root))
          .close();
    } catch (CryptoException.Tampered e) {
      throw new KeyManagerException.Backup("backup: is not of this root key");
    }
  }

  private void refuseOlder(BackupHeader header, boolean acceptOlder)
      throws IOException, KeyManagerException {
    try (GenerationFile generation = generation()) {
      if (!acceptOlder && generation.read() > header.generation()) {
        throw new KeyManagerException.Backup(
            "backup: the database was changed %d times since; what was disabled, deleted or denied"
                    .formatted(generation.read() - header.generation())
                + " in them would be undone");
      }
    }
  }

  private GenerationFile generation() throws IOException {
    PrivateFiles.directoryOf(files.rootKeyFile());
    return GenerationFile.open(GenerationFile.beside(files.rootKeyFile()));
  }

  private void replace(Path fresh, BackupHeader header, RootKey root)
      throws IOException, KeyManagerException {
    putRoot(header, root);
    try (GenerationFile generation = generation()) {
      generation.write(header.generation());
    }
    Path database = files.database();
    for (String part : PARTS) {
      Path present = database.resolveSibling(database.getFileName() + part);
      if (Files.exists(present)) {
        Path kept = database.resolveSibling(database.getFileName() + KEPT + part);
        Files.move(present, kept, StandardCopyOption.REPLACE_EXISTING);
      }
    }
    PrivateFiles.replace(database, fresh);
  }

  /** The root key that the restored database names: there already, or as the backup has it. */
  private void putRoot(BackupHeader header, RootKey root) throws IOException, KeyManagerException {
    if (isPresent(header.rootId())) {
      return;
    }
    byte[] content =
        header.sealed().isPresent() ? header.sealed().get().toBytes() : RootSealer.CLEAR.seal(root);
    if (!rootFile.isStaged(header.rootId())) {
      rootFile.stage(header.rootId(), content);
    }
    Path present = files.rootKeyFile();
    if (Files.exists(present)) {
      Files.move(
          present,
          present.resolveSibling(present.getFileName() + KEPT),
          StandardCopyOption.REPLACE_EXISTING);
    }
    rootFile.promote(header.rootId());
  }

  private boolean isPresent(String rootId) throws KeyManagerException {
    if (!rootFile.exists()) {
      return false;
    }
    try (KeptRoot present = rootFile.read()) {
      return present.id().equals(rootId);
    }
  }
}
