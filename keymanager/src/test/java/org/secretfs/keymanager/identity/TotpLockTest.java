package org.secretfs.keymanager.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.store.KeyStore;
import org.secretfs.keymanager.store.RootSealer;
import org.secretfs.keymanager.store.StoreFiles;

/** How often codes may be tried, and that each is taken once. */
class TotpLockTest {
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");

  private KeyStore store;
  private Totp totp;
  private SecretBuffer key;

  @BeforeEach
  void open(@TempDir Path directory) throws Exception {
    StoreFiles files =
        new StoreFiles(
            directory.resolve("state"), directory.resolve("root.key"), "000000000000", "us-east-1");
    KeyStore.init(files, RootSealer.CLEAR);
    store = KeyStore.open(files);
    key = SecretBuffer.random(Totp.KEY_BYTES);
    store.principals().createUser("u", NOW, new byte[0]);
    store.principals().putTotp("u", key, new byte[0]);
    totp = new Totp(store.principals());
  }

  @AfterEach
  void close() {
    key.close();
    store.close();
  }

  private String wrong() {
    for (int code = 0; ; code++) {
      String text = "%06d".formatted(code);
      boolean near =
          text.equals(Totp.code(key, NOW))
              || text.equals(Totp.code(key, NOW.minusSeconds(30)))
              || text.equals(Totp.code(key, NOW.plusSeconds(30)));
      if (!near) {
        return text;
      }
    }
  }

  @Test
  void accepts_fiveWrongCodes_locksForFiveMinutes() throws Exception {
    for (int i = 0; i < 5; i++) {
      assertThat(totp.accepts("u", wrong(), NOW)).isFalse();
    }
    assertThat(totp.accepts("u", Totp.code(key, NOW), NOW)).isFalse();
    Instant later = NOW.plusSeconds(300);
    assertThat(totp.accepts("u", Totp.code(key, later), later)).isTrue();
  }

  @Test
  void accepts_sameOrOlderCode_isTakenOnce() throws Exception {
    assertThat(totp.accepts("u", Totp.code(key, NOW), NOW)).isTrue();
    assertThat(totp.accepts("u", Totp.code(key, NOW), NOW)).isFalse();
    assertThat(totp.accepts("u", Totp.code(key, NOW.minusSeconds(30)), NOW)).isFalse();
    assertThat(totp.accepts("u", Totp.code(key, NOW.plusSeconds(30)), NOW)).isTrue();
    assertThat(totp.accepts("nobody", Totp.code(key, NOW), NOW)).isFalse();
    assertThat(totp.accepts("u", "abcdef", NOW)).isFalse();
  }

  @Test
  void accepts_manyWrongCodesAtOnce_looksAtNoMoreThanFive() throws Exception {
    String wrong = wrong();
    try (var threads = Executors.newFixedThreadPool(8)) {
      List<Future<Boolean>> tries = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        tries.add(threads.submit(() -> totp.accepts("u", wrong, NOW)));
      }
      for (Future<Boolean> one : tries) {
        assertThat(one.get()).isFalse();
      }
    }
    assertThat(totp.accepts("u", Totp.code(key, NOW), NOW)).isFalse();
  }
}
