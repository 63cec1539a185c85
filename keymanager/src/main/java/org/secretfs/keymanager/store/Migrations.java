package org.secretfs.keymanager.store;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException;

/** The steps from an empty database to the present form. A step that was released never changes. */
final class Migrations {
  private static final List<String> STEPS =
      List.of(
          """
          CREATE TABLE meta (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE keys (
            key_id TEXT PRIMARY KEY,
            description TEXT NOT NULL,
            state TEXT NOT NULL CHECK (state IN ('Enabled', 'Disabled', 'PendingDeletion')),
            created_millis INTEGER NOT NULL,
            deletion_millis INTEGER,
            pending_window_days INTEGER,
            current_version INTEGER NOT NULL,
            rotation_days INTEGER,
            next_rotation_millis INTEGER,
            policy TEXT NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE key_materials (
            key_id TEXT NOT NULL REFERENCES keys (key_id) ON DELETE CASCADE,
            version INTEGER NOT NULL,
            wrapped BLOB NOT NULL,
            created_millis INTEGER NOT NULL,
            on_demand INTEGER NOT NULL,
            PRIMARY KEY (key_id, version)
          ) WITHOUT ROWID;
          CREATE TABLE aliases (
            name TEXT PRIMARY KEY,
            key_id TEXT NOT NULL REFERENCES keys (key_id) ON DELETE CASCADE,
            created_millis INTEGER NOT NULL,
            updated_millis INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX aliases_by_key ON aliases (key_id);
          CREATE TABLE tags (
            key_id TEXT NOT NULL REFERENCES keys (key_id) ON DELETE CASCADE,
            tag_key TEXT NOT NULL,
            tag_value TEXT NOT NULL,
            PRIMARY KEY (key_id, tag_key)
          ) WITHOUT ROWID;
          CREATE TABLE access_keys (
            access_key_id TEXT PRIMARY KEY,
            user_name TEXT NOT NULL,
            wrapped_secret BLOB NOT NULL,
            created_millis INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE pending_records (
            id INTEGER PRIMARY KEY,
            record BLOB NOT NULL
          );
          """,
          """
          CREATE TABLE users (
            user_name TEXT PRIMARY KEY,
            created_millis INTEGER NOT NULL,
            wrapped_totp BLOB,
            totp_step INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE roles (
            role_name TEXT PRIMARY KEY,
            trust_policy TEXT NOT NULL,
            session_seconds INTEGER NOT NULL,
            created_millis INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE policies (
            policy_name TEXT PRIMARY KEY,
            document TEXT NOT NULL,
            updated_millis INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE attachments (
            principal TEXT NOT NULL,
            policy_name TEXT NOT NULL REFERENCES policies (policy_name),
            PRIMARY KEY (principal, policy_name)
          ) WITHOUT ROWID;
          CREATE INDEX attachments_by_policy ON attachments (policy_name);
          CREATE TABLE principal_tags (
            principal TEXT NOT NULL,
            tag_key TEXT NOT NULL,
            tag_value TEXT NOT NULL,
            PRIMARY KEY (principal, tag_key)
          ) WITHOUT ROWID;
          CREATE TABLE grants (
            grant_id TEXT PRIMARY KEY,
            key_id TEXT NOT NULL REFERENCES keys (key_id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            grantee TEXT NOT NULL,
            retiring TEXT,
            operations TEXT NOT NULL,
            context_equals TEXT NOT NULL,
            context_subset TEXT NOT NULL,
            issuer TEXT NOT NULL,
            created_millis INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE INDEX grants_by_key ON grants (key_id);
          CREATE INDEX grants_by_retiring ON grants (retiring, grant_id);
          INSERT INTO policies VALUES ('AdministratorAccess', '{
            "Version": "2012-10-17",
            "Statement": [{"Sid": "Everything", "Effect": "Allow", "Action": "*", "Resource": "*"}]
          }', 0);
          INSERT INTO policies VALUES ('KeyAdministrator', '{
            "Version": "2012-10-17",
            "Statement": [{"Sid": "ManageKeys", "Effect": "Allow", "Action": [
              "kms:CreateKey", "kms:CreateAlias", "kms:Describe*", "kms:Enable*", "kms:List*", "kms:Put*",
              "kms:Update*", "kms:Revoke*", "kms:Disable*", "kms:Get*", "kms:Delete*",
              "kms:TagResource", "kms:UntagResource", "kms:ScheduleKeyDeletion",
              "kms:CancelKeyDeletion", "kms:RotateKeyOnDemand"], "Resource": "*"}]
          }', 0);
          INSERT INTO policies VALUES ('KeyUser', '{
            "Version": "2012-10-17",
            "Statement": [{"Sid": "UseKeys", "Effect": "Allow", "Action": [
              "kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*",
              "kms:DescribeKey", "kms:GenerateRandom"], "Resource": "*"}]
          }', 0);
          INSERT INTO users SELECT user_name, min(created_millis), NULL, 0
            FROM access_keys GROUP BY user_name;
          INSERT INTO attachments SELECT 'user/' || user_name, 'KeyUser' FROM users;
          UPDATE attachments SET policy_name = 'AdministratorAccess' WHERE principal =
            (SELECT 'user/' || user_name FROM users ORDER BY created_millis, user_name LIMIT 1);
          """,
          """
          ALTER TABLE keys ADD COLUMN origin TEXT NOT NULL DEFAULT 'AWS_KMS';
          ALTER TABLE keys ADD COLUMN import_present INTEGER NOT NULL DEFAULT 0;
          ALTER TABLE keys ADD COLUMN import_check BLOB;
          ALTER TABLE keys ADD COLUMN valid_to_millis INTEGER;
          """,
          """
          CREATE TABLE wrapping_keys (
            purpose TEXT PRIMARY KEY,
            wrapped BLOB NOT NULL
          ) WITHOUT ROWID;
          """,
          """
          ALTER TABLE keys ADD COLUMN key_spec TEXT NOT NULL DEFAULT 'SYMMETRIC_DEFAULT';
          ALTER TABLE keys ADD COLUMN key_usage TEXT NOT NULL DEFAULT 'ENCRYPT_DECRYPT';
          """,
          """
          CREATE TABLE trail_keys (
            fingerprint TEXT PRIMARY KEY,
            public_key BLOB NOT NULL,
            wrapped_private BLOB,
            valid_from_seconds INTEGER NOT NULL,
            valid_until_seconds INTEGER NOT NULL
          ) WITHOUT ROWID;
          CREATE TABLE trail_state (
            name TEXT PRIMARY KEY,
            value BLOB NOT NULL
          ) WITHOUT ROWID;
          """);

  private Migrations() {}

  /** Brings the database to the present form, each step in a transaction of its own. */
  static void apply(Connection connection) throws SQLException, KeyManagerException.Store {
    try (Statement statement = connection.createStatement()) {
      statement.execute(
          "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY) WITHOUT ROWID");
    }
    int present = version(connection);
    if (present > STEPS.size()) {
      throw new KeyManagerException.Store(
          "database: has schema version %d, this program knows up to %d"
              .formatted(present, STEPS.size()));
    }
    for (int step = present; step < STEPS.size(); step++) {
      apply(connection, step);
    }
  }

  private static int version(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT max(version) FROM schema_version")) {
      return rows.next() ? rows.getInt(1) : 0;
    }
  }

  private static void apply(Connection connection, int step) throws SQLException {
    connection.setAutoCommit(false);
    try (Statement statement = connection.createStatement();
        PreparedStatement done =
            connection.prepareStatement("INSERT INTO schema_version VALUES (?)")) {
      for (String sql : STEPS.get(step).split(";\\s*\\n", -1)) {
        if (!sql.isBlank()) {
          statement.execute(sql);
        }
      }
      done.setInt(1, step + 1);
      done.executeUpdate();
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      throw e;
    } finally {
      connection.setAutoCommit(true);
    }
  }
}
