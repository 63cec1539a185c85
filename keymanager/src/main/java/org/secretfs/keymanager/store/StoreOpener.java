package org.secretfs.keymanager.store;

import java.io.IOException;
import java.nio.file.Files;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CryptoException;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;

/** Makes a store, and opens one after checking that its parts belong together. */
final class StoreOpener {
  /** A root key can be replaced between two looks, but hardly twice. */
  private static final int LOOKS = 3;

  private final StoreFiles files;
  private final RootFile rootFile;

  StoreOpener(StoreFiles files) {
    this.files = files;
    this.rootFile = new RootFile(files.rootKeyFile());
  }

  /** Returns whether anything was made. */
  boolean init(RootSealer sealer) throws KeyManagerException {
    if (Files.exists(files.database()) && isSetUp()) {
      root().close();
      return false;
    }
    try (Database database = Database.create(files.database());
        RootKey root = rootFile.exists() ? present() : staged(sealer)) {
      fill(database, root);
      if (database.read(Meta::rootId).orElse("").equals(root.id())) {
        promoteIfStaged(root.id());
      } else {
        rootFile.unstage(root.id());
      }
      return true;
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  private void promoteIfStaged(String rootId) throws KeyManagerException {
    if (rootFile.isStaged(rootId)) {
      rootFile.promote(rootId);
    }
  }

  private boolean isSetUp() throws KeyManagerException {
    try (Database database = Database.open(files.database())) {
      return database.read(Meta::databaseId).isPresent();
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** A root key that was there before its database. */
  private RootKey present() throws KeyManagerException {
    try (KeptRoot kept = rootFile.read()) {
      return kept.clear()
          .orElseThrow(() ->
              new KeyManagerException.RootKey(
                  "root key %s: is sealed, and of no database; move it away"
                      .formatted(files.rootKeyFile())))
          .copy();
    }
  }

  private RootKey staged(RootSealer sealer) throws KeyManagerException {
    RootKey root = RootKey.random();
    boolean done = false;
    try {
      byte[] content = sealer.seal(root);
      rootFile.stage(root.id(), content);
      Arrays.fill(content, (byte) 0);
      done = true;
      return root;
    } finally {
      if (!done) {
        root.close();
      }
    }
  }

  private void fill(Database database, RootKey root) throws SQLException {
    String databaseId = UUID.randomUUID().toString();
    try (WrappingKeys keys = WrappingKeys.random()) {
      database.transaction(sql -> {
        // Two that set up the same database at once: the second finds it done.
        if (Meta.databaseId(sql).isEmpty()) {
          Meta.insert(sql, databaseId, files.accountId(), files.region(), root.id());
          keys.write(sql, databaseId, root);
        }
        return true;
      });
    }
  }

  /**
   * The root key of the database, after a look at whether the parts belong together.
   *
   * @return the caller closes it
   */
  KeptRoot root() throws KeyManagerException {
    try (Database database = Database.open(files.database());
        GenerationFile generation =
            GenerationFile.open(GenerationFile.beside(files.rootKeyFile()))) {
      checkPlace(database);
      KeptRoot root = root(database);
      try {
        generation.refuseOlder(files.database(), database.read(Meta::generation));
        return root;
      } catch (IOException | SQLException | KeyManagerException e) {
        root.close();
        throw e;
      }
    } catch (SQLException e) {
      throw failed(e);
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private static KeyManagerException unusable(IOException e) {
    return new KeyManagerException.Unavailable("generation file: cannot be used", e);
  }

  private KeptRoot root(Database database) throws SQLException, KeyManagerException {
    if (database.read(Meta::databaseId).isEmpty()) {
      throw new KeyManagerException.Store(
          "database %s: was not set up".formatted(files.database()));
    }
    for (int look = 0; look < LOOKS; look++) {
      Optional<String> rootId = database.read(Meta::rootId);
      if (rootId.isEmpty()) {
        return rootFile.read();
      }
      Optional<KeptRoot> found = rootFile.find(rootId.get());
      if (found.isPresent()) {
        return found.get();
      }
    }
    throw notOf();
  }

  private KeyManagerException.RootKey notOf() {
    return new KeyManagerException.RootKey(
        "root key %s: is not that of database %s".formatted(files.rootKeyFile(), files.database()));
  }

  /** Opens a store whose root key is kept in clear. */
  KeyStore open() throws KeyManagerException {
    try (KeptRoot kept = root()) {
      Optional<RootKey> clear = kept.clear();
      if (clear.isEmpty()) {
        throw new KeyManagerException.Sealed(
            "root key %s: is sealed by %s"
                .formatted(
                    files.rootKeyFile(), String.join(", ", kept.sealed().orElseThrow().kinds())));
      }
      return open(clear.get());
    }
  }

  /** Opens a store with its root key, which is not kept. */
  KeyStore open(RootKey root) throws KeyManagerException {
    Database database = Database.open(files.database());
    Wrapping wrapping = null;
    try {
      checkPlace(database);
      if (database.read(Meta::rootId).isEmpty()) {
        new Rewrap(files, _ -> {}).run(database, root, RootSealer.CLEAR, new byte[0]);
        // The root key is another now.
        database.close();
        return open();
      }
      wrapping = wrapping(database, root);
      GenerationFile generation = GenerationFile.open(GenerationFile.beside(files.rootKeyFile()));
      generation.refuseOlder(files.database(), database.read(Meta::generation));
      return new KeyStore(files, database, wrapping, generation);
    } catch (SQLException e) {
      close(database, wrapping);
      throw failed(e);
    } catch (IOException e) {
      close(database, wrapping);
      throw unusable(e);
    } catch (KeyManagerException e) {
      close(database, wrapping);
      throw e;
    }
  }

  /** Refuses a database of another account or region. */
  void checkPlace(Database database) throws SQLException, KeyManagerException {
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

  private Wrapping wrapping(Database database, RootKey root)
      throws SQLException, KeyManagerException {
    String databaseId = database.read(Meta::databaseId).orElseThrow();
    try {
      return new Wrapping(
          database.<WrappingKeys, CryptoException.Tampered>read(
              sql -> WrappingKeys.read(sql, databaseId, root)),
          databaseId);
    } catch (CryptoException.Tampered e) {
      throw notOf();
    }
  }

  /** Puts all under a new root key. */
  void rewrap(RootKey former, RootSealer sealer, byte[] record) throws KeyManagerException {
    try (Database database = Database.open(files.database())) {
      checkPlace(database);
      new Rewrap(files, _ -> {}).run(database, former, sealer, record);
    } catch (SQLException e) {
      throw failed(e);
    }
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
