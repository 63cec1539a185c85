package org.secretfs.keymanager.seal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/** Seals, the sealed root, and what people enter. */
class SealTest {
  private final RootKey root = RootKey.random();

  @AfterEach
  void close() {
    root.close();
  }

  private SealedRoot byPassphrase(String passphrase) throws Exception {
    try (SecretBuffer entry = Entries.of(passphrase);
        PassphraseSeal seal = PassphraseSeal.make(entry)) {
      return SealedRoot.parse(SealedRoot.of(root, seal).toBytes());
    }
  }

  private static Unsealing unsealing(SealedRoot sealed) throws Exception {
    return new Unsealing(sealed, ParentKms.Factory.NONE);
  }

  private static boolean offer(Unsealing unsealing, String text) throws Exception {
    try (SecretBuffer entry = Entries.of(text)) {
      Optional<RootKey> found = unsealing.offer(entry);
      found.ifPresent(RootKey::close);
      return found.isPresent();
    }
  }

  private static String wrong(Unsealing unsealing, String text) {
    try {
      offer(unsealing, text);
      return "taken";
    } catch (KeyManagerException.Unseal e) {
      return String.valueOf(e.getMessage());
    } catch (Exception e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void passphrase_right_givesTheRoot() throws Exception {
    SealedRoot sealed = byPassphrase("correct horse");
    try (Unsealing unsealing = unsealing(sealed)) {
      assertThat(wrong(unsealing, "correct hors")).contains("does not open");
      assertThat(unsealing.progress().getFirst().missing()).isEqualTo(1);
      assertThat(offer(unsealing, "correct horse")).isTrue();
      assertThat(sealed.rootId()).isEqualTo(root.id());
    }
  }

  @Test
  void passphrase_short_isRefused() {
    assertThatThrownBy(() -> byPassphrase("seven77"))
        .isInstanceOf(KeyManagerException.Configuration.class)
        .hasMessageContaining("at least 8");
  }

  @Test
  void shares_enteredInAnyOrder_openAtTheThresholdAndNotBefore() throws Exception {
    try (SharesSeal seal = SharesSeal.make(3, 5)) {
      SealedRoot sealed = SealedRoot.parse(SealedRoot.of(root, seal).toBytes());
      List<String> texts = Entries.texts(seal);
      try (Unsealing unsealing = unsealing(sealed)) {
        assertThat(offer(unsealing, texts.get(4))).isFalse();
        assertThat(offer(unsealing, texts.get(1).toUpperCase(Locale.ROOT))).isFalse();
        assertThat(unsealing.progress().getFirst().missing()).isEqualTo(1);
        assertThat(offer(unsealing, texts.get(2).replace("-", " "))).isTrue();
        assertThat(unsealing.progress().getFirst().missing()).isEqualTo(3);
      }
    }
  }

  @Test
  void share_wrong_isNamedAndTheOthersAreKept() throws Exception {
    try (SharesSeal seal = SharesSeal.make(2, 3);
        SharesSeal other = SharesSeal.make(2, 3)) {
      SealedRoot sealed = SealedRoot.of(root, seal);
      List<String> texts = Entries.texts(seal);
      try (Unsealing unsealing = unsealing(sealed)) {
        assertThat(offer(unsealing, texts.get(0))).isFalse();
        assertThat(wrong(unsealing, texts.get(0))).contains("share 1", "was entered already");
        assertThat(wrong(unsealing, Entries.texts(other).get(1)))
            .contains("share 2 of set " + other.facts().path("set").asText());
        assertThat(wrong(unsealing, forged(seal))).contains("share 2 of set", "is not genuine");
        assertThat(wrong(unsealing, "a passphrase")).contains("for none of the seals: shares");
        assertThat(offer(unsealing, texts.get(1))).isTrue();
      }
    }
  }

  /** A share with the right set and checksum, of somebody who wants to spoil the ceremony. */
  private static String forged(SharesSeal seal) {
    try (SecretBuffer value = SecretBuffer.random(32);
        Share share = Share.of(seal.facts().path("set").asText(), 2, 2, value);
        SecretBuffer text = share.text()) {
      return new String(text.segment().toArray(ValueLayout.JAVA_BYTE), StandardCharsets.US_ASCII);
    }
  }

  @Test
  void share_anyCharacterMistyped_isFoundByItsChecksum() throws Exception {
    try (SharesSeal seal = SharesSeal.make(2, 2)) {
      String text = Entries.texts(seal).getFirst();
      try (Unsealing unsealing = unsealing(SealedRoot.of(root, seal))) {
        for (int i = Share.PREFIX.length(); i < text.length(); i++) {
          if (text.charAt(i) != '-') {
            char other = text.charAt(i) == 'b' ? 'c' : 'b';
            String mistyped = text.substring(0, i) + other + text.substring(i + 1);
            assertThat(wrong(unsealing, mistyped))
                .as(mistyped)
                .containsAnyOf("mistyped", "must be sfshare1 and 74 letters");
          }
        }
        assertThat(wrong(unsealing, text + "a")).contains("74 letters");
        assertThat(wrong(unsealing, text.substring(0, 40))).contains("74 letters");
        assertThat(wrong(unsealing, text.replace('-', '!'))).contains("74 letters");
      }
    }
  }

  @Test
  void shares_thresholdOfOneOrMoreThanThereAre_isRefused() {
    assertThatThrownBy(() -> SharesSeal.make(1, 3)).hasMessageContaining("2 or more");
    assertThatThrownBy(() -> SharesSeal.make(4, 3)).hasMessageContaining("4 of 3");
    assertThatThrownBy(() -> SharesSeal.make(2, 33)).hasMessageContaining("up to 32");
  }

  @Test
  void recovery_besidesAPassphrase_opensToo() throws Exception {
    try (SecretBuffer entry = Entries.of("correct horse");
        PassphraseSeal daily = PassphraseSeal.make(entry);
        SharesSeal recovery = SharesSeal.make(2, 3)) {
      SealedRoot both = SealedRoot.of(root, daily).withRecovery(root, recovery);
      SealedRoot sealed = SealedRoot.parse(both.toBytes());
      try (Unsealing unsealing = unsealing(sealed)) {
        assertThat(offer(unsealing, Entries.texts(recovery).get(0))).isFalse();
        assertThat(offer(unsealing, Entries.texts(recovery).get(2))).isTrue();
        assertThat(offer(unsealing, "correct horse")).isTrue();
      }
    }
  }

  /** Facts are bound into the seal: weaker ones, or another's, do not open. */
  @Test
  void parse_factsChanged_doesNotOpen() throws Exception {
    String text = new String(byPassphrase("correct horse").toBytes(), StandardCharsets.UTF_8);
    for (String changed :
        List.of(
            text.replace("\"passes\" : 3", "\"passes\" : 4"),
            text.replace("\"recovery\" : false", "\"recovery\" : true"))) {
      assertThat(changed).isNotEqualTo(text);
      SealedRoot sealed = SealedRoot.parse(changed.getBytes(StandardCharsets.UTF_8));
      try (Unsealing unsealing = unsealing(sealed)) {
        assertThat(wrong(unsealing, "correct horse")).contains("does not open");
      }
    }
  }

  @Test
  void parse_hostileDocument_isRefusedWithItsRule() throws Exception {
    String text = new String(byPassphrase("correct horse").toBytes(), StandardCharsets.UTF_8);
    for (String changed :
        List.of(
            "{",
            "{}",
            "[]",
            text.replace("\"version\" : 1", "\"version\" : 2"),
            text.replace("\"memory_kib\" : 65536", "\"memory_kib\" : 2147483647"),
            text.replace("\"passes\" : 3", "\"passes\" : 1000000"),
            text.replace("\"salt\" : \"", "\"salt\" : \"zz"),
            text.replace("\"kind\" : \"passphrase\"", "\"kind\" : \"magic\""),
            text.replace("\"facts\" : {", "\"facts\" : [], \"x\" : {"))) {
      assertThat(changed).isNotEqualTo(text);
      assertThatThrownBy(
              () -> unsealing(SealedRoot.parse(changed.getBytes(StandardCharsets.UTF_8))))
          .as(changed)
          .isInstanceOf(KeyManagerException.RootKey.class)
          .hasMessageContaining("sealed root");
    }
  }
}
