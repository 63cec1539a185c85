package org.secretfs.keymanager.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The rows of keys and of their material. */
final class KeyTable {
  private KeyTable() {}

  static void insert(Sql sql, KeyRecord key) throws SQLException {
    sql.update(
        "INSERT INTO keys VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        key.id(),
        key.description(),
        key.state().name(),
        key.created().toEpochMilli(),
        millis(key.deletion()),
        key.pendingWindowDays(),
        key.currentVersion(),
        key.rotationDays(),
        millis(key.nextRotation()),
        key.policy());
  }

  static void update(Sql sql, KeyRecord key) throws SQLException {
    sql.update(
        """
        UPDATE keys SET description = ?, state = ?, deletion_millis = ?, pending_window_days = ?,
          current_version = ?, rotation_days = ?, next_rotation_millis = ?, policy = ?
        WHERE key_id = ?\
        """,
        key.description(),
        key.state().name(),
        millis(key.deletion()),
        key.pendingWindowDays(),
        key.currentVersion(),
        key.rotationDays(),
        millis(key.nextRotation()),
        key.policy(),
        key.id());
  }

  private static @Nullable Long millis(@Nullable Instant instant) {
    return instant == null ? null : instant.toEpochMilli();
  }

  static Optional<KeyRecord> find(Sql sql, String id) throws SQLException {
    return sql.one(KeyTable::key, "SELECT * FROM keys WHERE key_id = ?", id);
  }

  private static KeyRecord key(ResultSet row) throws SQLException {
    return new KeyRecord(
        row.getString("key_id"),
        row.getString("description"),
        KeyState.valueOf(row.getString("state")),
        Instant.ofEpochMilli(row.getLong("created_millis")),
        instant(row, "deletion_millis"),
        number(row, "pending_window_days"),
        row.getInt("current_version"),
        number(row, "rotation_days"),
        instant(row, "next_rotation_millis"),
        row.getString("policy"));
  }

  private static @Nullable Instant instant(ResultSet row, String column) throws SQLException {
    long millis = row.getLong(column);
    return row.wasNull() ? null : Instant.ofEpochMilli(millis);
  }

  private static @Nullable Integer number(ResultSet row, String column) throws SQLException {
    int value = row.getInt(column);
    return row.wasNull() ? null : value;
  }

  static List<String> idsAfter(Sql sql, String marker, int most) throws SQLException {
    return sql.list(
        row -> row.getString(1),
        "SELECT key_id FROM keys WHERE key_id > ? ORDER BY key_id LIMIT ?",
        marker,
        most);
  }

  static List<String> dueForDeletion(Sql sql, Instant now) throws SQLException {
    return sql.list(
        row -> row.getString(1),
        "SELECT key_id FROM keys WHERE state = 'PendingDeletion' AND deletion_millis <= ?",
        now.toEpochMilli());
  }

  static List<String> dueForRotation(Sql sql, Instant now) throws SQLException {
    return sql.list(
        row -> row.getString(1),
        "SELECT key_id FROM keys WHERE state = 'Enabled' AND next_rotation_millis <= ?",
        now.toEpochMilli());
  }

  /** Returns how many were deleted: none, if somebody cancelled it. */
  static int deleteIfDue(Sql sql, String id, Instant now) throws SQLException {
    return sql.update(
        "DELETE FROM keys WHERE key_id = ? AND state = 'PendingDeletion' AND deletion_millis <= ?",
        id,
        now.toEpochMilli());
  }

  static void insertMaterial(
      Sql sql, String id, int version, byte[] wrapped, Instant created, boolean onDemand)
      throws SQLException {
    sql.update(
        "INSERT INTO key_materials VALUES (?, ?, ?, ?, ?)",
        id,
        version,
        wrapped,
        created.toEpochMilli(),
        onDemand ? 1 : 0);
  }

  static Optional<byte[]> material(Sql sql, String id, int version) throws SQLException {
    return sql.one(
        row -> row.getBytes(1),
        "SELECT wrapped FROM key_materials WHERE key_id = ? AND version = ?",
        id,
        version);
  }

  static List<RotationRecord> materials(Sql sql, String id) throws SQLException {
    return sql.list(
        row ->
            new RotationRecord(
                row.getInt(1), Instant.ofEpochMilli(row.getLong(2)), row.getInt(3) == 1),
        """
        SELECT version, created_millis, on_demand FROM key_materials
        WHERE key_id = ? ORDER BY version\
        """,
        id);
  }
}
