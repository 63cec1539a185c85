package org.secretfs.keymanager.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.sqlite.SQLiteConfig;

/**
 * The SQLite database: one connection, one transaction at a time, each on the disk when it returns.
 * Another process may change it between transactions.
 */
final class Database implements AutoCloseable {
  private static final int BUSY_TIMEOUT_MILLIS = 10_000;

  private final Path file;
  private final Connection connection;
  private final Sql sql;
  private final ReentrantLock lock = new ReentrantLock();

  private Database(Path file, Connection connection) {
    this.file = file;
    this.connection = connection;
    this.sql = new Sql(connection);
  }

  /** Something to do in a transaction. */
  @FunctionalInterface
  interface Work<T, X extends Exception> {
    T run(Sql sql) throws SQLException, X;
  }

  /** Makes the file with mode 0600 where it is missing, and brings it to the present form. */
  static Database create(Path file) throws KeyManagerException {
    try {
      if (!Files.exists(file)) {
        PrivateFiles.directoryOf(file);
        PrivateFiles.create(file);
      }
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("database %s: cannot be made".formatted(file), e);
    }
    return open(file);
  }

  /** Opens a file that must exist, and brings it to the present form. */
  static Database open(Path file) throws KeyManagerException {
    if (!Files.isRegularFile(file)) {
      throw new KeyManagerException.Store("database %s: no such file".formatted(file));
    }
    Connection connection = null;
    try {
      connection = config().createConnection("jdbc:sqlite:" + file.toAbsolutePath());
      Migrations.apply(connection);
      return new Database(file, connection);
    } catch (SQLException e) {
      throw new KeyManagerException.Store(
          "database %s: %s".formatted(file, e.getMessage()), closing(connection, e));
    }
  }

  private static SQLiteConfig config() {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(BUSY_TIMEOUT_MILLIS);
    config.enforceForeignKeys(true);
    config.setTransactionMode(SQLiteConfig.TransactionMode.IMMEDIATE);
    config.setPragma(SQLiteConfig.Pragma.SECURE_DELETE, "true");
    return config;
  }

  private static SQLException closing(@Nullable Connection connection, SQLException cause) {
    if (connection != null) {
      try {
        connection.close();
      } catch (SQLException e) {
        cause.addSuppressed(e);
      }
    }
    return cause;
  }

  /** Writes all that is in a database at one moment into an empty file, while others change it. */
  static void snapshot(Path file, Path target) throws SQLException {
    try (Connection connection = config().createConnection("jdbc:sqlite:" + file.toAbsolutePath());
        PreparedStatement vacuum = connection.prepareStatement("VACUUM INTO ?")) {
      vacuum.setString(1, target.toAbsolutePath().toString());
      vacuum.execute();
    }
  }

  /** Fails if the file is damaged. */
  void checkIntegrity() throws SQLException {
    String found =
        read(sql -> sql.one(row -> row.getString(1), "PRAGMA integrity_check")).orElse("");
    if (!found.equals("ok")) {
      throw new SQLException(found);
    }
  }

  /** Runs {@code work} alone; all or nothing of it is on the disk afterwards. */
  <T, X extends Exception> T transaction(Work<T, X> work) throws SQLException, X {
    lock.lock();
    try {
      connection.setAutoCommit(false);
      boolean done = false;
      try {
        T result = work.run(sql);
        connection.commit();
        done = true;
        return result;
      } finally {
        if (!done) {
          connection.rollback();
        }
        connection.setAutoCommit(true);
      }
    } finally {
      lock.unlock();
    }
  }

  /** Runs {@code work}, which only reads, alone. */
  <T, X extends Exception> T read(Work<T, X> work) throws SQLException, X {
    lock.lock();
    try {
      return work.run(sql);
    } finally {
      lock.unlock();
    }
  }

  Path file() {
    return file;
  }

  /** Ends after the transaction under way. */
  @Override
  public void close() throws SQLException {
    lock.lock();
    try {
      connection.close();
    } finally {
      lock.unlock();
    }
  }
}
