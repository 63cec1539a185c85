package org.secretfs.keymanager.store;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/** Makes a store, and opens one after checking that its parts belong together. */
final class StoreOpener {
  private final StoreFiles files;

  StoreOpener(StoreFiles files) {
    this.files = files;
  }

  void init() throws KeyManagerException {
    if (Files.exists(files.database()) && isSetUp()) {
      open().close();
      return;
    }
    if (!Files.exists(files.rootKeyFile())) {
      RootKeyFile.create(files.rootKeyFile());
    }
    try (SecretBuffer rootKey = RootKeyFile.read(files.rootKeyFile());
        Database database = Database.create(files.database())) {
      fill(database, rootKey);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private boolean isSetUp() throws KeyManagerException {
    try (Database database = Database.open(files.database())) {
      return database.read(Meta::databaseId).isPresent();
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private void fill(Database database, SecretBuffer rootKey) throws SQLException {
    String databaseId = UUID.randomUUID().toString();
    byte[] check = new Wrapping(rootKey, databaseId).check();
    database.transaction(sql -> {
      // Two that set up the same database at once: the second finds it done.
      if (Meta.databaseId(sql).isEmpty()) {
        Meta.insert(sql, databaseId, files.accountId(), files.region(), check);
      }
      return true;
    });
  }

  KeyStore open() throws KeyManagerException {
    Database database = Database.open(files.database());
    Wrapping wrapping = null;
    try {
      checkPlace(database);
      wrapping = wrapping(database);
      GenerationFile generation = GenerationFile.open(GenerationFile.beside(files.rootKeyFile()));
      generation.refuseOlder(files.database(), database.read(Meta::generation));
      return new KeyStore(database, wrapping, generation);
    } catch (SQLException e) {
      close(database, wrapping);
      throw failed(e);
    } catch (IOException e) {
      close(database, wrapping);
      throw new KeyManagerException.Unavailable("generation file: cannot be used", e);
    } catch (KeyManagerException e) {
      close(database, wrapping);
      throw e;
    }
  }

  private void checkPlace(Database database) throws SQLException, KeyManagerException {
    same("account", database.read(Meta::accountId), files.accountId());
    same("region", database.read(Meta::region), files.region());
  }

  private void same(String what, Optional<String> made, String configured)
      throws KeyManagerException.Configuration {
    if (made.isPresent() && !made.get().equals(configured)) {
      throw new KeyManagerException.Configuration(
          "%s \"%s\": database %s was made with \"%s\""
              .formatted(what, configured, files.database(), made.get()));
    }
  }

  private Wrapping wrapping(Database database) throws SQLException, KeyManagerException {
    Optional<String> databaseId = database.read(Meta::databaseId);
    Optional<byte[]> check = database.read(Meta::rootCheck);
    if (databaseId.isEmpty() || check.isEmpty()) {
      throw new KeyManagerException.Store(
          "database %s: was not set up".formatted(files.database()));
    }
    Wrapping wrapping = new Wrapping(RootKeyFile.read(files.rootKeyFile()), databaseId.get());
    if (!wrapping.opens(check.get())) {
      wrapping.close();
      throw new KeyManagerException.RootKey(
          "root key %s: is not that of database %s"
              .formatted(files.rootKeyFile(), files.database()));
    }
    return wrapping;
  }

  private static void close(Database database, @Nullable Wrapping wrapping) {
    if (wrapping != null) {
      wrapping.close();
    }
    try {
      database.close();
    } catch (SQLException e) {
      // The failure that led here says more.
    }
  }

  private KeyManagerException.Store failed(SQLException e) {
    return new KeyManagerException.Store(
        "database %s: %s".formatted(files.database(), e.getMessage()), e);
  }
}
