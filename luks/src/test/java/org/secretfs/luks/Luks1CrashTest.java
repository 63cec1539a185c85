package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

/** Updates of LUKS1 and conversions, cut off after every single write and barrier, in each way. */
class Luks1CrashTest {
  private static void addKeyslot(LuksStorage storage) throws IOException, LuksException {
    LuksVolume volume = LuksVolume.read(storage);
    try (SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer added = TestVolumes.passphrase("new");
        VolumeKey key = volume.unlock(right)) {
      volume.addKeyslot(key, added, TestVolumes.CHEAP);
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
  void addKeyslot_cutAnywhere_leavesOldOrNew() throws Exception {
    cutAddingKeyslot(1);
  }

  /** Keyslot 6 lies in both sectors of the header, 7 in the second. */
  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {6, 7})
  void addKeyslot_inSecondSectorCutAnywhere_leavesOldOrNew(int number) throws Exception {
    cutAddingKeyslot(number);
  }

  private static void cutAddingKeyslot(int number) throws Exception {
    byte[] image = Luks1Images.withKeyslots(Luks1Images.formatted(), number).content();
    PowerCuts.everywhere(
        image,
        Luks1CrashTest::addKeyslot,
        left -> {
          assertThat(opens(left, "right")).isTrue();
          boolean added = LuksVolume.read(left).keyslots().containsKey(number);
          assertThat(opens(left, "new")).isEqualTo(added);
        });
  }

  @Test
  void changeKeyslot_cutAnywhere_opensByOldOrNewPassphrase() throws Exception {
    byte[] image = Luks1Images.formatted().content();
    PowerCuts.everywhere(
        image,
        storage -> {
          LuksVolume volume = LuksVolume.read(storage);
          try (SecretBuffer right = TestVolumes.passphrase("right");
              SecretBuffer changed = TestVolumes.passphrase("new");
              VolumeKey key = volume.unlock(right)) {
            volume.changeKeyslot(0, key, changed, TestVolumes.CHEAP);
          }
        },
        left -> assertThat(opens(left, "right") || opens(left, "new")).isTrue());
  }

  @Test
  void removeKeyslot_cutAnywhere_opensByTheOthersAndCanBeRepeated() throws Exception {
    cutRemovingKeyslot(0, 2);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {6, 7})
  void removeKeyslot_inSecondSectorCutAnywhere_opensByTheOthers(int number) throws Exception {
    cutRemovingKeyslot(number, 8);
  }

  private static void cutRemovingKeyslot(int number, int keyslots) throws Exception {
    byte[] image = Luks1Images.withKeyslots(Luks1Images.formatted(), keyslots).content();
    PowerCuts.everywhere(
        image,
        storage -> LuksVolume.read(storage).removeKeyslot(number),
        left -> {
          assertThat(opens(left, "key1")).isTrue();
          if (LuksVolume.read(left).keyslots().containsKey(number)) {
            LuksVolume.read(left).removeKeyslot(number);
          }
          assertThat(opens(left, number == 0 ? "right" : "key" + number)).isFalse();
        });
  }

  /** Of three keyslots a cut leaves any number; what is left goes by erasing again. */
  @Test
  void erase_cutAnywhere_canBeRepeatedUntilNothingOpens() throws Exception {
    byte[] image = Luks1Images.withKeyslots(Luks1Images.formatted(), 3).content();
    PowerCuts.everywhere(
        image,
        storage -> LuksVolume.read(storage).erase(),
        left -> {
          LuksVolume.read(left).erase();
          assertThat(LuksVolume.read(left).keyslots()).isEmpty();
          requireAreasGone(image, left.content());
        });
  }

  /** No sector of what the keyslots' areas held is left anywhere. */
  private static void requireAreasGone(byte[] before, byte[] after) {
    int begin = Luks1Layout.ALIGNMENT_BYTES;
    int end = begin + 3 * NewKeyslot.areaBytes(16);
    for (int at = begin; at < end; at += 512) {
      if (!isBlank(before, at)) {
        assertThat(Arrays.mismatch(before, at, at + 512, after, at, at + 512)).isNotNegative();
      }
    }
  }

  private static boolean isBlank(byte[] bytes, int at) {
    return Arrays.equals(bytes, at, at + 512, new byte[512], 0, 512);
  }

  @Test
  void format_cutAnywhere_isBlankOrUnfinishedOrWhole() throws Exception {
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      PowerCuts.everywhere(
          new byte[Luks1Images.SIZE_BYTES],
          storage -> Luks1Volume.format(storage, Luks1Images.options().build(), passphrase),
          left -> {
            switch (LuksProbe.probe(left).kind()) {
              case NONE -> assertThat(left.content()).containsOnly(0);
              case LUKS1 -> assertThat(opens(left, "right")).isTrue();
              case LuksProbe.Kind kind ->
                  assertThat(kind).isEqualTo(LuksProbe.Kind.UNFINISHED_FORMAT);
            }
          });
    }
  }

  /** The first keyslot's area is in the way of LUKS2's header; the last is at the other end. */
  private static List<String> passphrases(int keyslots) {
    return keyslots == 1 ? List.of("right") : List.of("right", "key" + (keyslots - 1));
  }

  /** With eight in use the first area goes behind the others, with fewer into a free one. */
  @ParameterizedTest
  @ValueSource(ints = {1})
  void toLuks2_cutAnywhere_opensByEachPassphraseAndCanBeRepeated(int keyslots) throws Exception {
    cutConversionToLuks2(keyslots);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {2, 6, 7, 8})
  void toLuks2_cutAnywhereWithMoreKeyslots_opensByEachPassphrase(int keyslots) throws Exception {
    cutConversionToLuks2(keyslots);
  }

  private static void cutConversionToLuks2(int keyslots) throws Exception {
    byte[] image = Luks1Images.withKeyslots(Luks1Images.formatted(), keyslots).content();
    PowerCuts.everywhere(
        image,
        LuksConversion::toLuks2,
        left -> {
          requireOpens(left, keyslots);
          if (LuksVolume.read(left).version() == 1) {
            LuksConversion.toLuks2(left);
          }
          LuksVolume.read(left).repair();
          assertThat(LuksVolume.read(left).version()).isEqualTo(2);
          requireOpens(left, keyslots);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1})
  void toLuks1_cutAnywhere_opensByEachPassphraseAndCanBeRepeated(int keyslots) throws Exception {
    cutConversionToLuks1(keyslots);
  }

  @Tag("long")
  @ParameterizedTest
  @ValueSource(ints = {3, 8})
  void toLuks1_cutAnywhereWithMoreKeyslots_opensByEachPassphrase(int keyslots) throws Exception {
    cutConversionToLuks1(keyslots);
  }

  private static void cutConversionToLuks1(int keyslots) throws Exception {
    FaultyLuksStorage storage = Luks1Images.withKeyslots(Luks1Images.formatted(), keyslots);
    LuksConversion.toLuks2(storage);
    PowerCuts.everywhere(
        storage.content(),
        LuksConversion::toLuks1,
        left -> {
          requireOpens(left, keyslots);
          if (LuksVolume.read(left).version() == 2) {
            LuksConversion.toLuks1(left);
          }
          assertThat(LuksVolume.read(left).version()).isEqualTo(1);
          requireOpens(left, keyslots);
        });
  }

  private static void requireOpens(FaultyLuksStorage left, int keyslots)
      throws IOException, LuksException {
    for (String passphrase : passphrases(keyslots)) {
      assertThat(opens(left, passphrase)).as(passphrase).isTrue();
    }
  }
}
