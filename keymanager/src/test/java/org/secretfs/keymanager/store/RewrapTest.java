package org.secretfs.keymanager.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.delivery.TrailKey;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.Entries;
import org.secretfs.keymanager.seal.ParentKms;
import org.secretfs.keymanager.seal.PassphraseSeal;
import org.secretfs.keymanager.seal.RootKey;
import org.secretfs.keymanager.seal.SealedRoot;
import org.secretfs.keymanager.seal.Unsealing;

/** Another root key and another seal, and what a kill in between leaves. */
class RewrapTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final RootSealer PASSPHRASE = root -> byPassphrase(root, "the new passphrase");

  @TempDir private Path directory;
  private StoreFiles files;

  @BeforeEach
  void init() throws Exception {
    files = files(directory.resolve("store"));
    KeyStore.init(files, RootSealer.CLEAR);
    try (KeyStore store = KeyStore.open(files)) {
      store.createKey(KeyRecord.enabled("k", "", "{}", NOW), Map.of());
    }
  }

  private static StoreFiles files(Path below) {
    return new StoreFiles(below.resolve("state"), below.resolve("root.key"), "0", "r");
  }

  private static byte[] byPassphrase(RootKey root, String passphrase) throws KeyManagerException {
    try (SecretBuffer entry = Entries.of(passphrase);
        PassphraseSeal seal = PassphraseSeal.make(entry)) {
      return SealedRoot.of(root, seal).toBytes();
    }
  }

  /** The root key that the files lead to, by whichever of the two seals. */
  private static RootKey unsealed(StoreFiles files) throws KeyManagerException {
    try (KeptRoot kept = KeyStore.root(files)) {
      Optional<RootKey> clear = kept.clear();
      if (clear.isPresent()) {
        return clear.get().copy();
      }
      try (Unsealing unsealing =
              new Unsealing(kept.sealed().orElseThrow(), ParentKms.Factory.NONE);
          SecretBuffer entry = Entries.of("the new passphrase")) {
        return unsealing.offer(entry).orElseThrow();
      }
    }
  }

  private static byte[] material(StoreFiles files) throws Exception {
    try (RootKey root = unsealed(files);
        KeyStore store = KeyStore.open(files, root)) {
      return store
          .<byte[], IOException>withMaterial(
              "k", 1, key -> key.segment().toArray(ValueLayout.JAVA_BYTE))
          .orElseThrow();
    }
  }

  private static void copy(Path from, Path to) {
    try (Stream<Path> all = Files.walk(from)) {
      for (Path path : all.toList()) {
        Files.copy(path, to.resolve(from.relativize(path).toString()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void rewrap(RootSealer sealer) throws Exception {
    try (RootKey root = unsealed(files)) {
      KeyStore.rewrap(files, root, sealer, new byte[0]);
    }
  }

  @Test
  void rewrap_toPassphraseAndBack_keepsTheMaterialAndForgetsTheFormerRoot() throws Exception {
    byte[] before = material(files);
    byte[] formerRoot = Files.readAllBytes(files.rootKeyFile());
    rewrap(PASSPHRASE);
    assertThat(Files.readString(files.rootKeyFile())).contains("\"kind\" : \"passphrase\"");
    assertThat(material(files)).isEqualTo(before);
    assertThatThrownBy(() -> KeyStore.open(files))
        .isInstanceOf(KeyManagerException.Sealed.class)
        .hasMessageContaining("is sealed by passphrase");
    Path file = files.rootKeyFile();
    byte[] present = Files.readAllBytes(file);
    Files.write(file, formerRoot);
    assertThatThrownBy(() -> KeyStore.root(files)).hasMessageContaining("is not that of database");
    Files.write(file, present);
    rewrap(RootSealer.CLEAR);
    assertThat(material(files)).isEqualTo(before);
  }

  /** The files as a kill after each step leaves them: one of the two seals opens them. */
  @Test
  void rewrap_killedAfterEachStep_oneOfTheTwoSealsOpens() throws Exception {
    byte[] before = material(files);
    Map<Rewrap.Step, Path> killed = new EnumMap<>(Rewrap.Step.class);
    try (RootKey root = unsealed(files);
        Database database = Database.open(files.database())) {
      new Rewrap(
              files,
              step -> {
                Path copy = directory.resolve(step.name());
                copy(directory.resolve("store"), copy);
                killed.put(step, copy);
              })
          .run(database, root, PASSPHRASE, new byte[0]);
    }
    assertThat(killed).hasSize(Rewrap.Step.values().length);
    for (Map.Entry<Rewrap.Step, Path> entry : killed.entrySet()) {
      StoreFiles left = files(entry.getValue());
      assertThat(material(left)).as("%s", entry.getKey()).isEqualTo(before);
      boolean sealed = Files.readString(left.rootKeyFile()).startsWith("{");
      assertThat(sealed).as("%s", entry.getKey()).isEqualTo(entry.getKey() != Rewrap.Step.STAGED);
      // The next one tidies up, too.
      try (RootKey root = unsealed(left)) {
        KeyStore.rewrap(left, root, RootSealer.CLEAR, new byte[0]);
      }
      assertThat(material(left)).isEqualTo(before);
      try (Stream<Path> all = Files.list(entry.getValue())) {
        assertThat(all.map(path -> path.getFileName().toString()))
            .containsExactlyInAnyOrder("root.key", "root.key.generation", "state");
      }
    }
  }

  @Test
  void rewrap_byAnotherRoot_isRefusedAndNothingIsLeft() throws Exception {
    byte[] before = Files.readAllBytes(files.rootKeyFile());
    try (RootKey other = RootKey.random()) {
      assertThatThrownBy(() -> KeyStore.rewrap(files, other, PASSPHRASE, new byte[0]))
          .isInstanceOf(KeyManagerException.RootKey.class);
    }
    assertThat(Files.readAllBytes(files.rootKeyFile())).isEqualTo(before);
    try (Stream<Path> all = Files.list(files.rootKeyFile().getParent())) {
      assertThat(all).hasSize(3);
    }
  }

  @Test
  void rewrap_keyThatSignsTheTrail_isTheSame() throws Exception {
    TrailKey key = new TrailKey(new byte[] {1}, NOW, NOW.plusSeconds(60));
    try (KeyStore store = KeyStore.open(files);
        SecretBuffer secret = Entries.of("a private key")) {
      store.trail().add(key, secret);
    }
    rewrap(PASSPHRASE);
    try (RootKey root = unsealed(files);
        KeyStore store = KeyStore.open(files, root);
        SecretBuffer secret = store.trail().privateKey(key.fingerprint())) {
      assertThat(secret.segment().toArray(ValueLayout.JAVA_BYTE))
          .isEqualTo("a private key".getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** A server that runs has the key-encryption keys, which stay the same. */
  @Test
  void rewrap_whileTheStoreIsOpen_goesOnWithoutIt() throws Exception {
    try (KeyStore open = KeyStore.open(files)) {
      rewrap(PASSPHRASE);
      open.createKey(KeyRecord.enabled("later", "", "{}", NOW), Map.of());
    }
    try (RootKey root = unsealed(files);
        KeyStore store = KeyStore.open(files, root)) {
      assertThat(store.<Integer, IOException>withMaterial("later", 1, SecretBuffer::length))
          .contains(32);
    }
  }
}
