package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.sigv4.SignedClient;
import org.secretfs.keymanager.store.KeptRoot;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.store.RootSealer;
import org.secretfs.keymanager.store.StoreFiles;

/** A database backed up and restored: what was encrypted before decrypts afterwards. */
class BackupTest {
  private static final Clock CLOCK = Clock.systemUTC();

  @TempDir private Path directory;
  private KeyManagerConfig config;
  private TestServer server;
  private SignedClient client;

  @BeforeEach
  void start() throws Exception {
    config = KeyManagerConfig.below(directory.resolve("one"));
    server = TestServer.start(config, CLOCK);
    client = server.admin();
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  private String createKey() throws Exception {
    return client.call("CreateKey", "{}").json().at("/KeyMetadata/KeyId").textValue();
  }

  private String encrypt(String keyId) throws Exception {
    return client
        .call("Encrypt", "{\"KeyId\":\"%s\",\"Plaintext\":\"c2VjcmV0\"}".formatted(keyId))
        .json()
        .path("CiphertextBlob")
        .asText();
  }

  private SignedClient.Answer decrypt(SignedClient by, String blob) throws Exception {
    return by.call("Decrypt", "{\"CiphertextBlob\":\"%s\"}".formatted(blob));
  }

  private RootKey root() throws Exception {
    try (KeptRoot kept = KeptRoot.read(config.rootKeyFile())) {
      return kept.clear().orElseThrow().copy();
    }
  }

  private Path backup(String name) throws Exception {
    Path file = directory.resolve(name);
    new KeyManagerControl(config).backup(file);
    return file;
  }

  private Backups.Restored restore(Path backup, boolean acceptOlder) throws Exception {
    try (RootKey root = root()) {
      return new Backups(config, CLOCK).restore(backup, root, acceptOlder);
    }
  }

  private String decryptedAfterRestart(String blob) throws Exception {
    try (KeyManagerServer again = KeyManagerServer.start(config, CLOCK);
        SignedClient by =
            new SignedClient(
                URI.create("http://127.0.0.1:" + again.port()),
                server.accessKeyId(),
                server.secretAccessKey())) {
      SignedClient.Answer answer = decrypt(by, blob);
      return answer.status() == 200 ? answer.json().path("Plaintext").asText() : answer.type();
    }
  }

  /** Keys are made all the while; whichever are in the backup decrypt, and the first always. */
  @Test
  void backup_whileServing_isOneMomentAndDecryptsAfterTheDatabaseIsLost() throws Exception {
    String blob = encrypt(createKey());
    AtomicBoolean done = new AtomicBoolean();
    Thread busy =
        Thread.ofPlatform()
            .start(() -> {
              try (SignedClient other = server.admin()) {
                while (!done.get()) {
                  other.call("CreateKey", "{}");
                }
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    Path backup = backup("b1");
    done.set(true);
    busy.join();
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(backup)))
        .isEqualTo("rw-------");
    assertThat(new String(Files.readAllBytes(backup), StandardCharsets.ISO_8859_1))
        .doesNotContain("SQLite format", "CREATE TABLE", server.accessKeyId());
    assertThatThrownBy(() -> restore(backup, true)).hasMessageContaining("another server");
    server.close();
    try (Stream<Path> all = Files.list(config.stateDirectory())) {
      for (Path path : all.toList()) {
        Files.delete(path);
      }
    }
    Backups.Restored restored = restore(backup, true);
    assertThat(restored.auditContinues()).isTrue();
    assertThat(restored.header().auditSequence()).isPositive();
    assertThat(decryptedAfterRestart(blob)).isEqualTo("c2VjcmV0");
  }

  @Test
  void restore_olderThanWhatWasSeen_needsTheOverride() throws Exception {
    String keyId = createKey();
    String blob = encrypt(keyId);
    Path backup = backup("b1");
    assertThat(client.call("DisableKey", "{\"KeyId\":\"%s\"}".formatted(keyId)).status())
        .isEqualTo(200);
    server.close();
    assertThatThrownBy(() -> restore(backup, false))
        .isInstanceOf(KeyManagerException.Backup.class)
        .hasMessageContaining("was changed 1 times since");
    assertThat(decryptedAfterRestart(blob)).isEqualTo("DisabledException");
    assertThat(restore(backup, true).header().databaseId()).isNotEmpty();
    assertThat(decryptedAfterRestart(blob)).isEqualTo("c2VjcmV0");
    assertThat(config.stateDirectory().resolve("keymanager.db.before-restore")).exists();
  }

  @Test
  void restore_changedCutOffOrOfAnotherRoot_isRefusedAndNothingIsTouched() throws Exception {
    String blob = encrypt(createKey());
    Path backup = backup("b1");
    server.close();
    byte[] bytes = Files.readAllBytes(backup);
    int header = new String(bytes, StandardCharsets.ISO_8859_1).indexOf('\n') + 1;
    for (int at : new int[] {5, header - 20, header + 2, header + 100, bytes.length - 1}) {
      byte[] changed = bytes.clone();
      changed[at] ^= 1;
      refused(changed);
    }
    for (int length : new int[] {0, header, header + 4, header + 65_568, bytes.length - 1}) {
      refused(Arrays.copyOf(bytes, Math.min(length, bytes.length - 1)));
    }
    refused(Arrays.copyOf(bytes, bytes.length + 1));
    try (RootKey other = RootKey.random()) {
      assertThatThrownBy(() -> new Backups(config, CLOCK).restore(backup, other, true))
          .isInstanceOf(KeyManagerException.Backup.class)
          .hasMessageContaining("is not of this root key");
    }
    assertThat(decryptedAfterRestart(blob)).isEqualTo("c2VjcmV0");
  }

  private void refused(byte[] content) throws Exception {
    Path file = directory.resolve("changed");
    Files.write(file, content);
    assertThatThrownBy(() -> restore(file, true)).isInstanceOf(KeyManagerException.Backup.class);
    try (Stream<Path> all = Files.list(config.stateDirectory())) {
      assertThat(all.map(path -> path.getFileName().toString()))
          .noneMatch(name -> name.contains("restor") || name.contains("snapshot"));
    }
  }

  /** On a new machine: the backup of a sealed store brings the sealed root key along. */
  @Test
  void restore_afterTheRootWasRewrapped_takesTheRootOfTheBackup() throws Exception {
    String blob = encrypt(createKey());
    Path backup = backup("b1");
    server.close();
    StoreFiles files = KeyManager.files(config);
    try (RootKey former = root()) {
      KeyStore.rewrap(files, former, RootSealer.CLEAR, new byte[0]);
      assertThatThrownBy(() -> restore(backup, true)).hasMessageContaining("not of this root key");
      new Backups(config, CLOCK).restore(backup, former, true);
    }
    assertThat(decryptedAfterRestart(blob)).isEqualTo("c2VjcmV0");
  }
}
