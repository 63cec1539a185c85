package org.secretfs.keymanager.store;

import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** The rows of tags. */
final class TagTable {
  private TagTable() {}

  static void put(Sql sql, String keyId, Map<String, String> tags) throws SQLException {
    for (Map.Entry<String, String> tag : tags.entrySet()) {
      sql.update(
          """
          INSERT INTO tags VALUES (?, ?, ?)
          ON CONFLICT (key_id, tag_key) DO UPDATE SET tag_value = excluded.tag_value\
          """,
          keyId,
          tag.getKey(),
          tag.getValue());
    }
  }

  static void remove(Sql sql, String keyId, Collection<String> tagKeys) throws SQLException {
    for (String tagKey : tagKeys) {
      sql.update("DELETE FROM tags WHERE key_id = ? AND tag_key = ?", keyId, tagKey);
    }
  }

  static int count(Sql sql, String keyId) throws SQLException {
    return sql.one(row -> row.getInt(1), "SELECT count(*) FROM tags WHERE key_id = ?", keyId)
        .orElseThrow();
  }

  static List<Map.Entry<String, String>> listAfter(Sql sql, String keyId, String marker, int most)
      throws SQLException {
    return sql.list(
        row -> Map.entry(row.getString(1), row.getString(2)),
        """
        SELECT tag_key, tag_value FROM tags
        WHERE key_id = ? AND tag_key > ? ORDER BY tag_key LIMIT ?\
        """,
        keyId,
        marker,
        most);
  }
}
