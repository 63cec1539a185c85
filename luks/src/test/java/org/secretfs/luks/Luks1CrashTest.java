package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

/** Updates of LUKS1 and conversions, cut off after every single write and barrier. */
class Luks1CrashTest {
  private static final int SEEDS = 3;

  private interface Work {
    void run(LuksStorage storage) throws IOException, LuksException;
  }

  private interface Check {
    void accept(FaultyLuksStorage left) throws IOException, LuksException;
  }

  private static void cutEverywhere(byte[] image, Work work, Check check) throws Exception {
    FaultyLuksStorage whole = new FaultyLuksStorage(image);
    work.run(whole);
    for (long point = 0; point < whole.operations(); point++) {
      FaultyLuksStorage storage = new FaultyLuksStorage(image).failAfter(point);
      assertThat(runsThrough(work, storage)).isFalse();
      assertThat(storage.isLocked()).isFalse();
      for (int seed = 0; seed < SEEDS; seed++) {
        check.accept(storage.cutPower(point * SEEDS + seed));
      }
    }
    check.accept(whole.cutPower(0));
  }

  private static boolean runsThrough(Work work, LuksStorage storage) throws LuksException {
    try {
      work.run(storage);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

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
    cutEverywhere(
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
    cutEverywhere(
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
    cutEverywhere(
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

  @Test
  void format_cutAnywhere_isBlankOrUnfinishedOrWhole() throws Exception {
    try (SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      cutEverywhere(
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
    cutEverywhere(
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
    cutEverywhere(
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
