package org.secretfs.keymanager.store;

import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.Optional;

/** What the database knows about itself. */
final class Meta {
  private static final String DATABASE_ID = "database_id";
  private static final String ACCOUNT_ID = "account_id";
  private static final String REGION = "region";
  private static final String ROOT_ID = "root_id";

  /** Of databases from before there were key-encryption keys: proved the root key. */
  private static final String ROOT_CHECK = "root_check";

  private static final String GENERATION = "generation";

  private Meta() {}

  static void insert(Sql sql, String databaseId, String accountId, String region, String rootId)
      throws SQLException {
    put(sql, DATABASE_ID, bytes(databaseId));
    put(sql, ACCOUNT_ID, bytes(accountId));
    put(sql, REGION, bytes(region));
    put(sql, ROOT_ID, bytes(rootId));
    put(sql, GENERATION, 0L);
  }

  private static void put(Sql sql, String name, Object value) throws SQLException {
    sql.update("INSERT INTO meta VALUES (?, ?)", name, value);
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static Optional<String> databaseId(Sql sql) throws SQLException {
    return text(sql, DATABASE_ID);
  }

  static Optional<String> accountId(Sql sql) throws SQLException {
    return text(sql, ACCOUNT_ID);
  }

  static Optional<String> region(Sql sql) throws SQLException {
    return text(sql, REGION);
  }

  private static Optional<String> text(Sql sql, String name) throws SQLException {
    return value(sql, name).map(bytes -> new String(bytes, StandardCharsets.UTF_8));
  }

  static Optional<byte[]> rootCheck(Sql sql) throws SQLException {
    return value(sql, ROOT_CHECK);
  }

  /** The root key that wraps the key-encryption keys; empty where there are none of these yet. */
  static Optional<String> rootId(Sql sql) throws SQLException {
    return text(sql, ROOT_ID);
  }

  static void putRootId(Sql sql, String rootId) throws SQLException {
    sql.update("DELETE FROM meta WHERE name IN (?, ?)", ROOT_ID, ROOT_CHECK);
    put(sql, ROOT_ID, bytes(rootId));
  }

  private static Optional<byte[]> value(Sql sql, String name) throws SQLException {
    return sql.one(row -> row.getBytes(1), "SELECT value FROM meta WHERE name = ?", name);
  }

  static long generation(Sql sql) throws SQLException {
    return sql.one(row -> row.getLong(1), "SELECT value FROM meta WHERE name = ?", GENERATION)
        .orElse(0L);
  }

  /** Counts a change; returns how many there were. */
  static long nextGeneration(Sql sql) throws SQLException {
    return sql.one(
            row -> row.getLong(1),
            "UPDATE meta SET value = value + 1 WHERE name = ? RETURNING value",
            GENERATION)
        .orElseThrow();
  }
}
