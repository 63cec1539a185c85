package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditTrail;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.failure.KeyManagerException.WrongPrincipal;
import org.secretfs.keymanager.policy.PolicyDocument;
import org.secretfs.keymanager.store.PolicyRecord;

/** Users, roles and policies, changed without a server. */
class AdministrationTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

  @TempDir private Path directory;
  private KeyManagerConfig config;

  @BeforeEach
  void init() throws Exception {
    config = KeyManagerConfig.below(directory);
    KeyManager.init(config, CLOCK);
  }

  private Administration open() throws KeyManagerException {
    return Administration.open(config, CLOCK);
  }

  private List<String> recorded() throws Exception {
    List<String> names = new ArrayList<>();
    AuditTrail.read(config.auditDirectory(), entry -> names.add(entry.event().eventName()));
    return names;
  }

  @Test
  void change_everyKind_isRecorded() throws Exception {
    try (Administration administration = open()) {
      administration.createUser("a");
      AccessKey key = administration.createAccessKey("a");
      key.close();
      administration.putPolicy(
          "p", "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"}}");
      administration.attach("user/a", "p");
      administration.enableTotp("a").close();
      assertThat(administration.users().getFirst().hasTotp()).isTrue();
      assertThat(administration.policiesOf("user/a")).containsExactly("p");
      administration.detach("user/a", "p");
      administration.deletePolicy("p");
      administration.deleteAccessKey(key.id());
      administration.deleteUser("a");
      assertThat(administration.users()).isEmpty();
    }
    assertThat(recorded())
        .containsExactly(
            "CreateUser",
            "CreateAccessKey",
            "PutPolicy",
            "AttachPolicy",
            "EnableMFADevice",
            "DetachPolicy",
            "DeletePolicy",
            "DeleteAccessKey",
            "DeleteUser");
  }

  @Test
  void change_refused_isNotRecorded() throws Exception {
    try (Administration administration = open()) {
      assertThatThrownBy(() -> administration.deleteUser("nobody"))
          .isInstanceOf(WrongPrincipal.class);
      assertThatThrownBy(() -> administration.attach("user/nobody", "KeyUser"))
          .isInstanceOf(WrongPrincipal.class);
      assertThatThrownBy(() -> administration.createUser("a b")).isInstanceOf(WrongPrincipal.class);
      assertThatThrownBy(() -> administration.putPolicy("p", "{}"))
          .isInstanceOf(KeyManagerException.MalformedPolicy.class);
      assertThatThrownBy(() -> administration.createRole("r", "{}", 3600))
          .isInstanceOf(KeyManagerException.MalformedPolicy.class);
      administration.createUser("a");
      assertThatThrownBy(() -> administration.createUser("a"))
          .hasMessageContaining("exists already");
      administration.attach("user/a", "KeyUser");
      assertThatThrownBy(() -> administration.deletePolicy("KeyUser"))
          .hasMessageContaining("is attached");
    }
    assertThat(recorded()).containsExactly("CreateUser", "AttachPolicy");
  }

  @Test
  void policies_thatComeWithIt_areWellFormed() throws Exception {
    try (Administration administration = open()) {
      assertThat(administration.policies())
          .extracting(PolicyRecord::name)
          .containsExactly("AdministratorAccess", "KeyAdministrator", "KeyUser");
      for (PolicyRecord policy : administration.policies()) {
        PolicyDocument.parse(policy.document(), PolicyDocument.Kind.IDENTITY);
      }
    }
  }

  /** A database from before policies: the first user goes on to administer, others to use keys. */
  @Test
  void open_olderDatabase_firstUserIsAdministratorAndOthersUseKeys() throws Exception {
    config = FormerStore.copyTo(directory.resolve("former"));
    Path file = config.stateDirectory().resolve("keymanager.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String table :
          List.of("grants", "principal_tags", "attachments", "policies", "roles", "users")) {
        statement.execute("DROP TABLE " + table);
      }
      for (String column : List.of("origin", "import_present", "import_check", "valid_to_millis")) {
        statement.execute("ALTER TABLE keys DROP COLUMN " + column);
      }
      statement.execute("DELETE FROM schema_version WHERE version >= 2");
      statement.execute("DELETE FROM access_keys");
      statement.execute("INSERT INTO access_keys VALUES ('A', 'zoe', x'00', 1)");
      statement.execute("INSERT INTO access_keys VALUES ('B', 'adam', x'00', 2)");
    }
    try (Administration administration = open()) {
      assertThat(administration.policiesOf("user/zoe"))
          .containsExactly(Administration.ADMINISTRATOR_ACCESS);
      assertThat(administration.policiesOf("user/adam")).containsExactly(Administration.KEY_USER);
      assertThat(administration.accessKeysOf("adam")).hasSize(1);
    }
  }
}
