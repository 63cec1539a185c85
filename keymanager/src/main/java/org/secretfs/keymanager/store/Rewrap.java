package org.secretfs.keymanager.store;

import java.io.IOException;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import org.secretfs.crypto.CryptoException;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;

/**
 * Puts the key-encryption keys of a database under a new root key. A server that uses the database
 * goes on: it has the key-encryption keys, which stay the same.
 *
 * <p>Three steps: the new root key is put beside the present one; the database's transaction wraps
 * its keys under the new one and says so; the new one gets the present one's name. Killed before
 * the transaction the present one opens the database, afterwards the new one.
 */
final class Rewrap {
  private final StoreFiles files;
  private final RootFile rootFile;
  private final Consumer<Step> reached;

  /** How far it is. */
  enum Step {
    STAGED,
    COMMITTED,
    PROMOTED
  }

  /**
   * Prepares one.
   *
   * @param reached is told each step that is done
   */
  Rewrap(StoreFiles files, Consumer<Step> reached) {
    this.files = files;
    this.rootFile = new RootFile(files.rootKeyFile());
    this.reached = reached;
  }

  /**
   * Does it.
   *
   * @param former the root key that opens the database now
   * @param record goes to the audit log; empty for none
   */
  void run(Database database, RootKey former, RootSealer sealer, byte[] record)
      throws KeyManagerException {
    try (RootKey fresh = RootKey.random()) {
      String id = fresh.id();
      byte[] content = sealer.seal(fresh);
      try {
        rootFile.stage(id, content);
      } finally {
        Arrays.fill(content, (byte) 0);
      }
      reached.accept(Step.STAGED);
      commit(database, former, fresh, record);
      reached.accept(Step.COMMITTED);
      rootFile.promote(id);
      reached.accept(Step.PROMOTED);
    }
  }

  private void commit(Database database, RootKey former, RootKey fresh, byte[] record)
      throws KeyManagerException {
    boolean done = false;
    try (GenerationFile generation =
        GenerationFile.open(GenerationFile.beside(files.rootKeyFile()))) {
      long changes = database.transaction(sql -> change(sql, former, fresh, record));
      done = true;
      generation.write(changes);
    } catch (SQLException e) {
      throw new KeyManagerException.Store(
          "database %s: %s".formatted(files.database(), e.getMessage()), e);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("generation file: cannot be used", e);
    } finally {
      if (!done) {
        rootFile.unstage(fresh.id());
      }
    }
  }

  private long change(Sql sql, RootKey former, RootKey fresh, byte[] record)
      throws SQLException, KeyManagerException {
    String databaseId = Meta.databaseId(sql).orElseThrow();
    // Nobody else changes the database now; so what is staged besides is left over.
    rootFile.removeStale(List.of(former.id(), fresh.id()));
    try (WrappingKeys keys = keys(sql, databaseId, former)) {
      keys.write(sql, databaseId, fresh);
    }
    Meta.putRootId(sql, fresh.id());
    if (record.length > 0) {
      sql.update("INSERT INTO pending_records (record) VALUES (?)", (Object) record);
    }
    return Meta.nextGeneration(sql);
  }

  private WrappingKeys keys(Sql sql, String databaseId, RootKey former)
      throws SQLException, KeyManagerException {
    if (Meta.rootId(sql).isEmpty()) {
      if (!FormerRoot.opens(sql, databaseId, former)) {
        throw notOf();
      }
      return WrappingKeys.ofFormer(former);
    }
    try {
      return WrappingKeys.read(sql, databaseId, former);
    } catch (CryptoException.Tampered e) {
      throw notOf();
    }
  }

  private KeyManagerException.RootKey notOf() {
    return new KeyManagerException.RootKey(
        "root key %s: is not that of database %s".formatted(files.rootKeyFile(), files.database()));
  }
}
