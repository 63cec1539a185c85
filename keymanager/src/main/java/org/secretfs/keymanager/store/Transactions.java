package org.secretfs.keymanager.store;

import java.io.IOException;
import java.sql.SQLException;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Reads and changes of the database for the tables' stores. Every change is counted in the database
 * and beside the root key, and drops what it made stale in memory before anyone can fill it again.
 */
final class Transactions implements AutoCloseable {
  private final Database database;
  private final GenerationFile generation;

  /*
   * Memory that mirrors the database is filled and emptied under this lock only, together with the
   * reading or changing of the database; so nobody can put back what a change just made stale.
   */
  private final ReentrantLock mirrorLock = new ReentrantLock();

  Transactions(Database database, GenerationFile generation) {
    this.database = database;
    this.generation = generation;
  }

  static void nothingIsMirrored() {
    // Some changes concern nothing that is kept in memory.
  }

  /** Reads; fails with the database's name. */
  <T, X extends Exception> T read(Database.Work<T, X> work) throws IOException, X {
    try {
      return database.read(work);
    } catch (SQLException e) {
      throw failed(e);
    }
  }

  /** Something to do while nothing changes. */
  @FunctionalInterface
  interface Filling<T> {
    T run() throws IOException;
  }

  /** Reads what will be kept in memory. */
  <T> T fill(Filling<T> filling) throws IOException {
    mirrorLock.lock();
    try {
      return filling.run();
    } finally {
      mirrorLock.unlock();
    }
  }

  /**
   * Changes all that {@code work} does, or nothing.
   *
   * @param invalidation drops from memory what the change makes stale
   */
  <T, X extends Exception> T write(Runnable invalidation, Database.Work<T, X> work)
      throws IOException, X {
    mirrorLock.lock();
    try {
      long[] changes = new long[1];
      T result =
          database.transaction(sql -> {
            T value = work.run(sql);
            changes[0] = Meta.nextGeneration(sql);
            return value;
          });
      generation.write(changes[0]);
      return result;
    } catch (SQLException e) {
      throw failed(e);
    } finally {
      invalidation.run();
      mirrorLock.unlock();
    }
  }

  private IOException failed(SQLException e) {
    return new IOException("database %s: %s".formatted(database.file(), e.getMessage()), e);
  }

  @Override
  public void close() {
    try (database;
        generation) {
      // Both are closed, whatever the first says.
    } catch (IOException | SQLException e) {
      throw new IllegalStateException("closing the store changes nothing on the disk", e);
    }
  }
}
