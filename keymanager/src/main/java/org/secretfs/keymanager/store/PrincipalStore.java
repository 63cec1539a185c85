package org.secretfs.keymanager.store;

import java.io.IOException;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Users, roles, their access keys, and the policies that are attached to them. Keeps nothing in
 * memory: other processes change these. Every change takes the record of it, which is kept until
 * {@link #deliverRecords} hands it over; all throw {@link IOException} if the database fails.
 */
public final class PrincipalStore {
  private static final String USER = "user/";
  private static final String ROLE = "role/";

  private final Transactions transactions;
  private final Wrapping wrapping;

  PrincipalStore(Transactions transactions, Wrapping wrapping) {
    this.transactions = transactions;
    this.wrapping = wrapping;
  }

  /** What attachments call a user. */
  public static String user(String name) {
    return USER + name;
  }

  /** What attachments call a role. */
  public static String role(String name) {
    return ROLE + name;
  }

  /** Changes rows; returns whether there was anything to change. */
  @FunctionalInterface
  private interface Step {
    boolean run(Sql sql) throws SQLException;
  }

  private boolean change(byte[] record, Step step) throws IOException {
    return transactions.write(
        Transactions::nothingIsMirrored,
        sql -> {
          boolean changed = step.run(sql);
          if (changed) {
            sql.update("INSERT INTO pending_records (record) VALUES (?)", (Object) record);
          }
          return changed;
        });
  }

  /** Adds a user; false if there is one of this name. */
  public boolean createUser(String name, Instant now, byte[] record) throws IOException {
    return change(
        record,
        sql ->
            sql.update(
                    "INSERT INTO users VALUES (?, ?, NULL, 0) ON CONFLICT DO NOTHING",
                    name,
                    now.toEpochMilli())
                == 1);
  }

  /** Removes a user, its access keys and attachments; false if there is none. */
  public boolean deleteUser(String name, byte[] record) throws IOException {
    return change(
        record,
        sql -> {
          removeFrom(sql, user(name));
          sql.update("DELETE FROM access_keys WHERE user_name = ?", name);
          return sql.update("DELETE FROM users WHERE user_name = ?", name) == 1;
        });
  }

  private static void removeFrom(Sql sql, String principal) throws SQLException {
    sql.update("DELETE FROM attachments WHERE principal = ?", principal);
    sql.update("DELETE FROM principal_tags WHERE principal = ?", principal);
  }

  /** Sets a tag of a user or role. */
  public void tag(String principal, String key, String value, byte[] record) throws IOException {
    change(
        record,
        sql ->
            sql.update(
                    """
                    INSERT INTO principal_tags VALUES (?, ?, ?)
                    ON CONFLICT (principal, tag_key) DO UPDATE SET tag_value = excluded.tag_value\
                    """,
                    principal,
                    key,
                    value)
                == 1);
  }

  /** The tags of a user or role. */
  public Map<String, String> tagsOf(String principal) throws IOException {
    List<Map.Entry<String, String>> rows =
        transactions.read(sql ->
            sql.list(
                row -> Map.entry(row.getString(1), row.getString(2)),
                "SELECT tag_key, tag_value FROM principal_tags WHERE principal = ?",
                principal));
    return rows.stream().collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
  }

  /** The user of this name. */
  public Optional<UserRecord> findUser(String name) throws IOException {
    return transactions.read(
        sql -> sql.one(PrincipalStore::user, "SELECT * FROM users WHERE user_name = ?", name));
  }

  /** All users by name. */
  public List<UserRecord> users() throws IOException {
    return transactions.read(
        sql -> sql.list(PrincipalStore::user, "SELECT * FROM users ORDER BY user_name"));
  }

  private static UserRecord user(ResultSet row) throws SQLException {
    return new UserRecord(
        row.getString("user_name"),
        Instant.ofEpochMilli(row.getLong("created_millis")),
        row.getBytes("wrapped_totp") != null);
  }

  /** Adds a role; false if there is one of this name. */
  public boolean createRole(RoleRecord role, byte[] record) throws IOException {
    return change(
        record,
        sql ->
            sql.update(
                    "INSERT INTO roles VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                    role.name(),
                    role.trustPolicy(),
                    role.mostSessionSeconds(),
                    role.created().toEpochMilli())
                == 1);
  }

  /** Removes a role and its attachments; false if there is none. */
  public boolean deleteRole(String name, byte[] record) throws IOException {
    return change(
        record,
        sql -> {
          removeFrom(sql, role(name));
          return sql.update("DELETE FROM roles WHERE role_name = ?", name) == 1;
        });
  }

  /** The role of this name. */
  public Optional<RoleRecord> findRole(String name) throws IOException {
    return transactions.read(
        sql -> sql.one(PrincipalStore::role, "SELECT * FROM roles WHERE role_name = ?", name));
  }

  /** All roles by name. */
  public List<RoleRecord> roles() throws IOException {
    return transactions.read(
        sql -> sql.list(PrincipalStore::role, "SELECT * FROM roles ORDER BY role_name"));
  }

  private static RoleRecord role(ResultSet row) throws SQLException {
    return new RoleRecord(
        row.getString("role_name"),
        row.getString("trust_policy"),
        row.getInt("session_seconds"),
        Instant.ofEpochMilli(row.getLong("created_millis")));
  }

  /** Adds a policy or replaces the one of this name. */
  public void putPolicy(PolicyRecord policy, Instant now, byte[] record) throws IOException {
    change(
        record,
        sql ->
            sql.update(
                    """
                    INSERT INTO policies VALUES (?, ?, ?)
                    ON CONFLICT (policy_name) DO UPDATE
                    SET document = excluded.document, updated_millis = excluded.updated_millis\
                    """,
                    policy.name(),
                    policy.document(),
                    now.toEpochMilli())
                == 1);
  }

  /** Removes a policy that nobody has; false if there is none, or somebody has it. */
  public boolean deletePolicy(String name, byte[] record) throws IOException {
    return change(
        record,
        sql ->
            sql.update(
                    """
                    DELETE FROM policies WHERE policy_name = ?1 AND NOT EXISTS
                      (SELECT 1 FROM attachments WHERE policy_name = ?1)\
                    """,
                    name)
                == 1);
  }

  /** All policies by name. */
  public List<PolicyRecord> policies() throws IOException {
    return transactions.read(
        sql -> sql.list(PrincipalStore::policy, "SELECT * FROM policies ORDER BY policy_name"));
  }

  /** The policies of a user or role, by name. */
  public List<PolicyRecord> policiesOf(String principal) throws IOException {
    return transactions.read(sql ->
        sql.list(
            PrincipalStore::policy,
            """
            SELECT policies.* FROM policies JOIN attachments USING (policy_name)
            WHERE principal = ? ORDER BY policy_name\
            """,
            principal));
  }

  private static PolicyRecord policy(ResultSet row) throws SQLException {
    return new PolicyRecord(row.getString("policy_name"), row.getString("document"));
  }

  /** Gives a user or role a policy; false if it has it, or there is no such policy. */
  public boolean attach(String principal, String policy, byte[] record) throws IOException {
    return change(
        record,
        sql ->
            sql.update(
                    """
                    INSERT INTO attachments SELECT ?, policy_name FROM policies
                    WHERE policy_name = ? ON CONFLICT DO NOTHING\
                    """,
                    principal,
                    policy)
                == 1);
  }

  /** Takes a policy from a user or role; false if it has none such. */
  public boolean detach(String principal, String policy, byte[] record) throws IOException {
    return change(
        record,
        sql ->
            sql.update(
                    "DELETE FROM attachments WHERE principal = ? AND policy_name = ?",
                    principal,
                    policy)
                == 1);
  }

  /** Adds an access key for a user. The secret is not kept. */
  public void createAccessKey(
      String accessKeyId, String userName, SecretBuffer secret, Instant now, byte[] record)
      throws IOException {
    byte[] wrapped = wrapping.wrapAccessKey(accessKeyId, userName, secret);
    change(
        record,
        sql ->
            sql.update(
                    "INSERT INTO access_keys VALUES (?, ?, ?, ?)",
                    accessKeyId,
                    userName,
                    wrapped,
                    now.toEpochMilli())
                == 1);
  }

  /** Removes an access key; false if there is none. */
  public boolean deleteAccessKey(String accessKeyId, byte[] record) throws IOException {
    return change(
        record,
        sql -> sql.update("DELETE FROM access_keys WHERE access_key_id = ?", accessKeyId) == 1);
  }

  /** The ids of a user's access keys. */
  public List<String> accessKeysOf(String userName) throws IOException {
    return transactions.read(sql ->
        sql.list(
            row -> row.getString(1),
            "SELECT access_key_id FROM access_keys WHERE user_name = ? ORDER BY created_millis",
            userName));
  }

  /** The user whose access key this is. */
  public Optional<String> userOf(String accessKeyId) throws IOException {
    return transactions.read(sql ->
        sql.one(
            row -> row.getString(1),
            "SELECT user_name FROM access_keys WHERE access_key_id = ?",
            accessKeyId));
  }

  /** The secret of an access key, which the caller closes. */
  public SecretBuffer secretOf(String accessKeyId, String userName) throws IOException {
    byte[] wrapped =
        transactions
            .read(sql ->
                sql.one(
                    row -> row.getBytes(1),
                    "SELECT wrapped_secret FROM access_keys WHERE access_key_id = ?",
                    accessKeyId))
            .orElseThrow(() -> new IOException("access key " + accessKeyId + " is gone"));
    try {
      return wrapping.unwrapAccessKey(accessKeyId, userName, wrapped);
    } catch (CryptoException.Tampered e) {
      throw new IOException("access key " + accessKeyId + " was changed in the database", e);
    }
  }

  /** Gives a user a second factor in place of any before; false if there is no such user. */
  public boolean putTotp(String userName, SecretBuffer key, byte[] record) throws IOException {
    byte[] wrapped = wrapping.wrapTotp(userName, key);
    return change(
        record,
        sql ->
            sql.update(
                    "UPDATE users SET wrapped_totp = ?, totp_step = 0 WHERE user_name = ?",
                    wrapped,
                    userName)
                == 1);
  }

  /** The key of a user's second factor, which the caller closes; empty if it has none. */
  public Optional<SecretBuffer> totpOf(String userName) throws IOException {
    Optional<byte[]> wrapped =
        transactions.read(sql ->
            sql.one(
                row -> row.getBytes(1),
                """
                SELECT wrapped_totp FROM users
                WHERE user_name = ? AND wrapped_totp IS NOT NULL\
                """,
                userName));
    if (wrapped.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(wrapping.unwrapTotp(userName, wrapped.get()));
    } catch (CryptoException.Tampered e) {
      throw new IOException("second factor of " + userName + " was changed in the database", e);
    }
  }

  /** Takes note that a code was used; false if it, or a later one, was used before. */
  public boolean useTotpStep(String userName, long step) throws IOException {
    return transactions.write(
        Transactions::nothingIsMirrored,
        sql ->
            sql.update(
                    "UPDATE users SET totp_step = ?1 WHERE user_name = ?2 AND totp_step < ?1",
                    step,
                    userName)
                == 1);
  }

  /** A number that changes whenever another process changed the database. */
  public long foreignChanges() throws IOException {
    return transactions.read(
        sql -> sql.one(row -> row.getLong(1), "PRAGMA data_version").orElse(0L));
  }

  /** Takes a record over to where it is durable. */
  @FunctionalInterface
  public interface Delivery {
    /** Returns when the record is durable. */
    void deliver(byte[] record) throws IOException;
  }

  /**
   * Hands over the records of changes that were made where no audit log could be written, oldest
   * first; each at least once, and a second time after a crash in between.
   */
  public void deliverRecords(Delivery delivery) throws IOException {
    List<PendingRecord> pending =
        transactions.read(sql ->
            sql.list(
                row -> new PendingRecord(row.getLong(1), row.getBytes(2)),
                "SELECT id, record FROM pending_records ORDER BY id"));
    for (PendingRecord record : pending) {
      delivery.deliver(record.bytes);
      transactions.write(
          Transactions::nothingIsMirrored,
          sql -> sql.update("DELETE FROM pending_records WHERE id = ?", record.id));
    }
  }

  private static final class PendingRecord {
    private final long id;
    private final byte[] bytes;

    PendingRecord(long id, byte[] bytes) {
      this.id = id;
      this.bytes = bytes;
    }
  }
}
