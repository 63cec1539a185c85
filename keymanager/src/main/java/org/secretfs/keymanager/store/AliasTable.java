package org.secretfs.keymanager.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** The rows of aliases. */
final class AliasTable {
  private AliasTable() {}

  /** Returns whether the name was free. */
  static boolean insert(Sql sql, String name, String keyId, Instant now) throws SQLException {
    return sql.update(
            "INSERT INTO aliases VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
            name,
            keyId,
            now.toEpochMilli(),
            now.toEpochMilli())
        == 1;
  }

  /** Returns whether there is such an alias. */
  static boolean update(Sql sql, String name, String keyId, Instant now) throws SQLException {
    return sql.update(
            "UPDATE aliases SET key_id = ?, updated_millis = ? WHERE name = ?",
            keyId,
            now.toEpochMilli(),
            name)
        == 1;
  }

  /** Returns whether there was such an alias. */
  static boolean delete(Sql sql, String name) throws SQLException {
    return sql.update("DELETE FROM aliases WHERE name = ?", name) == 1;
  }

  static Optional<String> keyId(Sql sql, String name) throws SQLException {
    return sql.one(row -> row.getString(1), "SELECT key_id FROM aliases WHERE name = ?", name);
  }

  static List<AliasRecord> listAfter(Sql sql, String marker, int most) throws SQLException {
    return sql.list(
        AliasTable::alias,
        "SELECT * FROM aliases WHERE name > ? ORDER BY name LIMIT ?",
        marker,
        most);
  }

  static List<AliasRecord> listOfKeyAfter(Sql sql, String keyId, String marker, int most)
      throws SQLException {
    return sql.list(
        AliasTable::alias,
        "SELECT * FROM aliases WHERE key_id = ? AND name > ? ORDER BY name LIMIT ?",
        keyId,
        marker,
        most);
  }

  private static AliasRecord alias(ResultSet row) throws SQLException {
    return new AliasRecord(
        row.getString("name"),
        row.getString("key_id"),
        Instant.ofEpochMilli(row.getLong("created_millis")),
        Instant.ofEpochMilli(row.getLong("updated_millis")));
  }
}
