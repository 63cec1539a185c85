package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

/** Adding, changing and removing keyslots; cut off, they are KeyslotCrashTest's. */
class KeyslotTest {
  /** A volume with room for two keyslots and a bit. */
  private static FaultyLuksStorage volume() throws IOException, LuksException {
    return TestVolumes.formatted();
  }

  private static VolumeKey key(LuksStorage storage) throws IOException, LuksException {
    try (SecretBuffer right = TestVolumes.passphrase("right")) {
      return Luks2Volume.read(storage).unlock(right);
    }
  }

  private static KeyslotInfo keyslot(LuksStorage storage, int number)
      throws IOException, LuksException {
    return Objects.requireNonNull(Luks2Volume.read(storage).keyslots().get(number));
  }

  private static int add(LuksStorage storage, String passphrase) throws IOException, LuksException {
    try (VolumeKey key = key(storage);
        SecretBuffer secret = TestVolumes.passphrase(passphrase)) {
      return Luks2Volume.read(storage).addKeyslot(key, secret, TestVolumes.CHEAP);
    }
  }

  private static void change(LuksStorage storage, String passphrase)
      throws IOException, LuksException {
    try (VolumeKey key = key(storage);
        SecretBuffer secret = TestVolumes.passphrase(passphrase)) {
      Luks2Volume.read(storage).changeKeyslot(0, key, secret, TestVolumes.CHEAP);
    }
  }

  private static boolean opens(LuksStorage storage, String passphrase)
      throws IOException, LuksException {
    try {
      return TestVolumes.opens(storage, passphrase);
    } catch (LuksException.NoKeyslotOpened e) {
      return false;
    }
  }

  @Test
  void addKeyslot_second_bothOpen() throws Exception {
    FaultyLuksStorage storage = volume();
    assertThat(add(storage, "second")).isEqualTo(1);
    assertThat(opens(storage, "right")).isTrue();
    assertThat(opens(storage, "second")).isTrue();
    assertThat(keyslot(storage, 1).boundToSegment()).isTrue();
  }

  @Test
  void addKeyslot_noGapLeft_refusesAndWritesNothing() throws Exception {
    FaultyLuksStorage storage = volume();
    add(storage, "second");
    add(storage, "third");
    byte[] before = storage.content();
    assertThatThrownBy(() -> add(storage, "fourth")).isInstanceOf(LuksException.NoRoom.class);
    assertThat(storage.content()).isEqualTo(before);
  }

  @Test
  void addKeyslot_otherKey_refusesAndWritesNothing() throws Exception {
    FaultyLuksStorage storage = volume();
    byte[] before = storage.content();
    try (VolumeKey other = VolumeKey.random(64);
        SecretBuffer secret = TestVolumes.passphrase("second")) {
      Luks2Volume volume = Luks2Volume.read(storage);
      assertThatThrownBy(() -> volume.addKeyslot(other, secret, TestVolumes.CHEAP))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
    }
    assertThat(storage.content()).isEqualTo(before);
  }

  /** The digest alone would take it: PBKDF2 ignores zero bytes at the end of a short key. */
  @Test
  void addKeyslot_keyWithZeroesAppended_refuses() throws Exception {
    try (VolumeKey key = VolumeKey.random(32);
        SecretBuffer padded = SecretBuffer.allocate(64);
        SecretBuffer secret = TestVolumes.passphrase("second")) {
      FaultyLuksStorage storage =
          TestVolumes.formatted(TestVolumes.options().keySizeBits(256).volumeKey(key).build());
      padded.segment().asSlice(0, 32).copyFrom(key.secret().segment());
      Luks2Volume volume = Luks2Volume.read(storage);
      VolumeKey wrong = VolumeKey.takeOver(padded);
      assertThatThrownBy(() -> volume.addKeyslot(wrong, secret, TestVolumes.CHEAP))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
    }
  }

  @Test
  void changeKeyslot_newPassphrase_onlyItOpens() throws Exception {
    FaultyLuksStorage storage = volume();
    long oldArea = keyslot(storage, 0).areaOffsetBytes();
    byte[] before = storage.content();
    change(storage, "changed");
    assertThat(opens(storage, "changed")).isTrue();
    assertThat(opens(storage, "right")).isFalse();
    int at = (int) oldArea;
    assertThat(Arrays.mismatch(storage.content(), at, at + 64, before, at, at + 64))
        .as("the old area is destroyed")
        .isNotNegative();
  }

  @Test
  void removeKeyslot_last_refusedUnlessMeant() throws Exception {
    FaultyLuksStorage storage = volume();
    Luks2Volume volume = Luks2Volume.read(storage);
    assertThatThrownBy(() -> volume.removeKeyslot(0))
        .isInstanceOf(LuksException.KeyslotInvalid.class);
    assertThat(opens(storage, "right")).isTrue();
    volume.removeKeyslotEvenIfLast(0);
    assertThat(Luks2Volume.read(storage).keyslots()).isEmpty();
    assertThat(opens(storage, "right")).isFalse();
  }

  @Test
  void removeKeyslot_namedByAToken_isNoLongerNamed() throws Exception {
    FaultyLuksStorage storage = volume();
    add(storage, "second");
    Luks2Volume volume = Luks2Volume.read(storage);
    volume.addToken(Token.parse("{\"type\":\"t\",\"keyslots\":[\"0\",\"1\"]}"));
    volume.removeKeyslot(0);
    assertThat(volume.tokens()).containsValue(Token.parse("{\"type\":\"t\",\"keyslots\":[\"1\"]}"));
    assertThat(opens(storage, "right")).isFalse();
    assertThat(opens(storage, "second")).isTrue();
  }

  @Test
  void removeKeyslot_missing_refuses() throws Exception {
    Luks2Volume volume = Luks2Volume.read(volume());
    assertThatThrownBy(() -> volume.removeKeyslot(3))
        .isInstanceOf(LuksException.KeyslotInvalid.class);
  }

  @Test
  void changeKeyslot_unbound_staysUnboundAndOnlyTheNewPassphraseOpensIt() throws Exception {
    FaultyLuksStorage storage = volume();
    Luks2Volume volume = Luks2Volume.read(storage);
    try (SecretBuffer spare = TestVolumes.passphrase("spare");
        SecretBuffer changed = TestVolumes.passphrase("changed");
        VolumeKey key = VolumeKey.takeOver(SecretBuffer.takeFrom(new byte[32]))) {
      int number = volume.addUnboundKeyslot(key, spare, KeyslotOptions.of(TestVolumes.CHEAP));
      assertThat(volume.changeKeyslot(number, key, changed, TestVolumes.CHEAP)).isEqualTo(number);
      volume.unlockUnbound(changed, number).close();
      assertThatThrownBy(() -> volume.unlockUnbound(spare, number))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
      assertThatThrownBy(() -> volume.unlock(changed, number)).hasMessageContaining("is unbound");
      assertThat(keyslot(storage, number).boundToSegment()).isFalse();
      assertThatThrownBy(() -> volume.changeKeyslot(0, key, changed, TestVolumes.CHEAP))
          .hasMessageContaining("not this volume's");
    }
    assertThat(opens(storage, "right")).isTrue();
  }
}
