package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.keymanager.failure.KeyManagerException;

/** What a key manager refuses to start with. */
class StartTest {
  private static final Clock CLOCK = Clock.systemUTC();

  @TempDir private Path directory;
  private KeyManagerConfig config;

  @BeforeEach
  void init() throws Exception {
    config = KeyManagerConfig.below(directory.resolve("one"));
    KeyManager.init(config, CLOCK);
  }

  private void start() throws Exception {
    KeyManagerServer.start(config, CLOCK).close();
  }

  private Path database() {
    return config.stateDirectory().resolve("keymanager.db");
  }

  @Test
  void init_twice_changesNothing() throws Exception {
    byte[] rootKey = Files.readAllBytes(config.rootKeyFile());
    KeyManager.init(config, CLOCK);
    assertThat(Files.readAllBytes(config.rootKeyFile())).isEqualTo(rootKey);
    start();
  }

  @Test
  void init_filesMade_areTheOwnersAlone() throws Exception {
    try (AccessKey key =
            KeyManager.provisionUser(
                config, "u", List.of(Administration.ADMINISTRATOR_ACCESS), CLOCK);
        Stream<Path> all = Files.walk(directory.resolve("one"))) {
      assertThat(key.id()).matches("AKIA[A-Z2-7]{16}");
      assertThat(key.secret().length()).isEqualTo(40);
      for (Path path : all.toList()) {
        String mode = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        assertThat(mode)
            .as("%s", path)
            .isEqualTo(Files.isDirectory(path) ? "rwx------" : "rw-------");
      }
    }
  }

  @Test
  void init_rootKeyLost_isRefusedAndNoneMade() throws Exception {
    Files.delete(config.rootKeyFile());
    assertThatThrownBy(() -> KeyManager.init(config, CLOCK))
        .isInstanceOf(KeyManagerException.RootKey.class)
        .hasMessageContaining("no such file");
    assertThat(config.rootKeyFile()).doesNotExist();
  }

  @Test
  void start_rootKeyOfAnother_isRefused() throws Exception {
    KeyManagerConfig other = KeyManagerConfig.below(directory.resolve("other"));
    KeyManager.init(other, CLOCK);
    Files.write(config.rootKeyFile(), Files.readAllBytes(other.rootKeyFile()));
    assertThatThrownBy(this::start)
        .isInstanceOf(KeyManagerException.RootKey.class)
        .hasMessageContaining("is not that of database");
  }

  @Test
  void start_rootKeyReadableByOthers_isRefused() throws Exception {
    Files.setPosixFilePermissions(
        config.rootKeyFile(), PosixFilePermissions.fromString("rw-r--r--"));
    assertThatThrownBy(this::start).hasMessageContaining("the mode must be 0600");
  }

  @Test
  void start_rootKeyMalformed_isRefusedWithoutShowingIt() throws Exception {
    Files.writeString(config.rootKeyFile(), "0123456789abcdef");
    assertThatThrownBy(this::start)
        .isInstanceOf(KeyManagerException.RootKey.class)
        .hasMessageContaining("64 hexadecimal digits")
        .hasMessageNotContaining("0123456789abcdef");
  }

  @Test
  void start_databaseRolledBack_isRefused() throws Exception {
    byte[] older = Files.readAllBytes(database());
    KeyManager.provisionUser(config, "u", List.of(Administration.ADMINISTRATOR_ACCESS), CLOCK)
        .close();
    Files.write(database(), older);
    Files.deleteIfExists(config.stateDirectory().resolve("keymanager.db-wal"));
    Files.deleteIfExists(config.stateDirectory().resolve("keymanager.db-shm"));
    assertThatThrownBy(this::start)
        .isInstanceOf(KeyManagerException.Store.class)
        .hasMessageContaining("is an older copy");
  }

  @Test
  void start_notADatabase_isRefused() throws Exception {
    Files.writeString(database(), "this is not a database at all".repeat(100));
    assertThatThrownBy(this::start).isInstanceOf(KeyManagerException.Store.class);
  }

  @Test
  void start_withoutInit_isRefused() {
    KeyManagerConfig nothing = KeyManagerConfig.below(directory.resolve("nothing"));
    assertThatThrownBy(() -> KeyManagerServer.start(nothing, CLOCK))
        .isInstanceOf(KeyManagerException.Store.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void start_anotherAccount_isRefused() {
    KeyManagerConfig other =
        new KeyManagerConfig(
            "127.0.0.1",
            0,
            false,
            config.stateDirectory(),
            config.rootKeyFile(),
            config.auditDirectory(),
            "123456789012",
            "us-east-1");
    assertThatThrownBy(() -> KeyManagerServer.start(other, CLOCK))
        .isInstanceOf(KeyManagerException.Configuration.class)
        .hasMessageContaining("was made with \"000000000000\"");
  }

  @Test
  void start_plainHttpOnEveryAddress_isRefused() {
    KeyManagerConfig open =
        new KeyManagerConfig(
            "0.0.0.0",
            0,
            false,
            config.stateDirectory(),
            config.rootKeyFile(),
            config.auditDirectory(),
            "000000000000",
            "us-east-1");
    assertThatThrownBy(() -> KeyManagerServer.start(open, CLOCK))
        .isInstanceOf(KeyManagerException.Configuration.class)
        .hasMessageContaining("loopback");
  }

  @Test
  void start_secondServer_isRefused() throws Exception {
    try (KeyManagerServer first = KeyManagerServer.start(config, CLOCK)) {
      assertThat(first.port()).isPositive();
      assertThatThrownBy(this::start).hasMessageContaining("another server");
    }
    start();
  }
}
