package org.secretfs.keymanager.store;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.secretfs.keymanager.json.StrictJson;

/**
 * The grants of keys. Those of keys in use are kept in memory; hits take no lock. For several
 * threads; all throw {@link IOException} if the database fails.
 */
public final class GrantStore {
  private static final int MOST_KEYS_CACHED = 10_000;

  private final Transactions transactions;
  private final Map<String, List<GrantRecord>> ofKeys = new ConcurrentHashMap<>();

  GrantStore(Transactions transactions) {
    this.transactions = transactions;
  }

  /** All grants of a key, by id. */
  public List<GrantRecord> ofKey(String keyId) throws IOException {
    List<GrantRecord> cached = ofKeys.get(keyId);
    if (cached != null) {
      return cached;
    }
    return transactions.fill(() -> {
      List<GrantRecord> found = transactions.read(sql -> listOfKey(sql, keyId));
      if (ofKeys.size() >= MOST_KEYS_CACHED) {
        ofKeys.clear();
      }
      ofKeys.put(keyId, List.copyOf(found));
      return found;
    });
  }

  private static List<GrantRecord> listOfKey(Sql sql, String keyId) throws SQLException {
    return sql.list(
        GrantStore::grant, "SELECT * FROM grants WHERE key_id = ? ORDER BY grant_id", keyId);
  }

  /**
   * Adds a grant; one with a name that was asked for in the same words before is that one.
   *
   * @param most how many a key may have
   * @return the new or older grant; empty if there would be more than {@code most}
   */
  public Optional<GrantRecord> create(GrantRecord grant, int most) throws IOException {
    return transactions.write(
        () -> ofKeys.remove(grant.keyId()),
        sql -> {
          List<GrantRecord> present = listOfKey(sql, grant.keyId());
          Optional<GrantRecord> same =
              grant.name().isEmpty()
                  ? Optional.empty()
                  : present.stream().filter(grant::isSameRequestAs).findFirst();
          if (same.isPresent() || present.size() >= most) {
            return same;
          }
          insert(sql, grant);
          return Optional.of(grant);
        });
  }

  private static void insert(Sql sql, GrantRecord grant) throws SQLException {
    sql.update(
        "INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        grant.id(),
        grant.keyId(),
        grant.name(),
        grant.grantee(),
        grant.retiring(),
        String.join(",", grant.operations()),
        json(grant.contextEquals()),
        json(grant.contextSubset()),
        grant.issuer(),
        grant.created().toEpochMilli());
  }

  /** Removes a grant of a key; false if there is none. */
  public boolean remove(String keyId, String grantId) throws IOException {
    return transactions.write(
        () -> ofKeys.remove(keyId),
        sql ->
            sql.update("DELETE FROM grants WHERE key_id = ? AND grant_id = ?", keyId, grantId)
                == 1);
  }

  /** Up to {@code most} grants after {@code marker} that a principal may retire, by id. */
  public List<GrantRecord> retirableAfter(String principal, String marker, int most)
      throws IOException {
    return transactions.read(sql ->
        sql.list(
            GrantStore::grant,
            "SELECT * FROM grants WHERE retiring = ? AND grant_id > ? ORDER BY grant_id LIMIT ?",
            principal,
            marker,
            most));
  }

  /** Forgets what is in memory about a key. */
  void forget(String keyId) {
    ofKeys.remove(keyId);
  }

  private static GrantRecord grant(ResultSet row) throws SQLException {
    return new GrantRecord(
        row.getString("grant_id"),
        row.getString("key_id"),
        row.getString("name"),
        row.getString("grantee"),
        row.getString("retiring"),
        List.of(row.getString("operations").split(",", -1)),
        pairs(row.getString("context_equals")),
        pairs(row.getString("context_subset")),
        row.getString("issuer"),
        Instant.ofEpochMilli(row.getLong("created_millis")));
  }

  private static String json(SortedMap<String, String> pairs) {
    var object = StrictJson.empty();
    pairs.forEach(object::put);
    return new String(StrictJson.bytes(object), StandardCharsets.UTF_8);
  }

  private static SortedMap<String, String> pairs(String json) throws SQLException {
    SortedMap<String, String> pairs = new TreeMap<>();
    StrictJson.object(json.getBytes(StandardCharsets.UTF_8))
        .orElseThrow(() -> new SQLException("a grant's constraints are damaged"))
        .properties()
        .forEach(pair -> pairs.put(pair.getKey(), pair.getValue().asText()));
    return pairs;
  }
}
