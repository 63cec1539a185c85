package org.secretfs.keymanager.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/** The rows of keys and of their material. */
final class KeyTable {
  private KeyTable() {}

  static void insert(Sql sql, KeyRecord key) throws SQLException {
    sql.update(
        """
        INSERT INTO keys (key_id, description, state, created_millis, deletion_millis,
          pending_window_days, current_version, rotation_days, next_rotation_millis, policy, origin,
          key_spec, key_usage)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)\
        """,
        key.id(),
        key.description(),
        stored(key.state()),
        key.created().toEpochMilli(),
        millis(key.deletion()),
        key.pendingWindowDays(),
        key.currentVersion(),
        key.rotationDays(),
        millis(key.nextRotation()),
        key.policy(),
        key.imported() == null ? "AWS_KMS" : "EXTERNAL",
        key.type().spec().name(),
        key.type().usage().name());
  }

  /** A key without material is kept as disabled; that it has none is kept beside. */
  private static String stored(KeyState state) {
    return state == KeyState.PendingImport ? KeyState.Disabled.name() : state.name();
  }

  static void update(Sql sql, KeyRecord key) throws SQLException {
    sql.update(
        """
        UPDATE keys SET description = ?, state = ?, deletion_millis = ?, pending_window_days = ?,
          current_version = ?, rotation_days = ?, next_rotation_millis = ?, policy = ?
        WHERE key_id = ?\
        """,
        key.description(),
        stored(key.state()),
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
        state(row),
        Instant.ofEpochMilli(row.getLong("created_millis")),
        instant(row, "deletion_millis"),
        number(row, "pending_window_days"),
        row.getInt("current_version"),
        number(row, "rotation_days"),
        instant(row, "next_rotation_millis"),
        row.getString("policy"),
        imported(row),
        new KeyType(
            KeySpec.valueOf(row.getString("key_spec")),
            KeyUsage.valueOf(row.getString("key_usage"))));
  }

  private static KeyState state(ResultSet row) throws SQLException {
    KeyState state = KeyState.valueOf(row.getString("state"));
    Imported imported = imported(row);
    boolean without = imported != null && !imported.present();
    return without && state != KeyState.PendingDeletion ? KeyState.PendingImport : state;
  }

  private static @Nullable Imported imported(ResultSet row) throws SQLException {
    return row.getString("origin").equals("EXTERNAL")
        ? new Imported(
            row.getInt("import_present") == 1,
            row.getBytes("import_check") != null,
            instant(row, "valid_to_millis"))
        : null;
  }

  /**
   * Puts material from outside into a key, which is enabled then.
   *
   * @param check tells this material from any other
   * @return false if the key had other material before, or is to be deleted; nothing was changed
   */
  static boolean putImported(
      Sql sql, String id, byte[] wrapped, byte[] check, Instant now, @Nullable Instant validTo)
      throws SQLException {
    boolean taken =
        sql.update(
                """
                UPDATE keys SET import_present = 1, import_check = ?1, valid_to_millis = ?2,
                  state = CASE import_present WHEN 0 THEN 'Enabled' ELSE state END
                WHERE key_id = ?3 AND state <> 'PendingDeletion'
                  AND (import_check IS NULL OR import_check = ?1)\
                """,
                check,
                millis(validTo),
                id)
            == 1;
    if (taken) {
      sql.update("DELETE FROM key_materials WHERE key_id = ?", id);
      insertMaterial(sql, id, 1, wrapped, now, false);
    }
    return taken;
  }

  /** Removes material from outside; what it is stays known. */
  static boolean removeImported(Sql sql, String id) throws SQLException {
    sql.update(
        "DELETE FROM key_materials WHERE key_id = ? AND EXISTS"
            + " (SELECT 1 FROM keys WHERE keys.key_id = key_materials.key_id AND origin = 'EXTERNAL')",
        id);
    return sql.update(
            """
            UPDATE keys SET import_present = 0, valid_to_millis = NULL,
              state = CASE state WHEN 'Enabled' THEN 'Disabled' ELSE state END
            WHERE key_id = ? AND origin = 'EXTERNAL' AND import_present = 1\
            """,
            id)
        == 1;
  }

  /** As {@link #removeImported}, if it has expired. */
  static boolean removeExpired(Sql sql, String id, Instant now) throws SQLException {
    Optional<String> expired =
        sql.one(
            row -> row.getString(1),
            "SELECT key_id FROM keys WHERE key_id = ? AND import_present = 1"
                + " AND valid_to_millis <= ?",
            id,
            now.toEpochMilli());
    return expired.isPresent() && removeImported(sql, id);
  }

  static List<String> dueForExpiry(Sql sql, Instant now) throws SQLException {
    return sql.list(
        row -> row.getString(1),
        "SELECT key_id FROM keys WHERE import_present = 1 AND valid_to_millis <= ?",
        now.toEpochMilli());
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

  static SequencedMap<String, Long> countByState(Sql sql) throws SQLException {
    SequencedMap<String, Long> counts = new LinkedHashMap<>();
    var _ =
        sql.list(
            row -> counts.put(row.getString(1), row.getLong(2)),
            """
            SELECT CASE WHEN origin = 'EXTERNAL' AND import_present = 0 AND state <> 'PendingDeletion'
              THEN 'PendingImport' ELSE state END AS shown, count(*)
            FROM keys GROUP BY shown ORDER BY shown\
            """);
    return counts;
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
