package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Cuts the power everywhere in updates of keyslots, manifests and damaged copies: what is left
 * opens, with the old or the new state, and takes the same update again.
 */
class KeyslotCrashTest {
  private final SecretBuffer right = TestVolumes.passphrase("right");
  private final SecretBuffer second = TestVolumes.passphrase("second");

  @AfterEach
  void wipe() {
    right.close();
    second.close();
  }

  private void addSecond(LuksStorage storage) throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.read(storage);
    try (VolumeKey key = volume.unlock(right)) {
      volume.addKeyslot(key, second, TestVolumes.CHEAP);
    }
  }

  private void changeToSecond(LuksStorage storage) throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.read(storage);
    try (VolumeKey key = volume.unlock(right)) {
      volume.changeKeyslot(0, key, second, TestVolumes.CHEAP);
    }
  }

  private static boolean opens(FaultyLuksStorage left, String passphrase)
      throws IOException, LuksException {
    try {
      return TestVolumes.opens(left, passphrase);
    } catch (LuksException.NoKeyslotOpened e) {
      return false;
    }
  }

  /** Whatever the header names opens: no keyslot is half there. */
  private static void requireConsistent(FaultyLuksStorage left) throws IOException, LuksException {
    Luks2Volume volume = Luks2Volume.read(left);
    if (volume.needsRepair()) {
      volume.repair();
    }
    assertThat(Luks2Volume.read(left).needsRepair()).isFalse();
    assertThat(LuksProbe.probe(left).kind()).isEqualTo(LuksProbe.Kind.LUKS2);
  }

  @Test
  void addKeyslot_cutAnywhere_leavesOldOrNew() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    long points =
        PowerCuts.everywhere(
            image,
            this::addSecond,
            left -> {
              assertThat(opens(left, "right")).isTrue();
              boolean added = Luks2Volume.read(left).keyslots().containsKey(1);
              assertThat(opens(left, "second")).isEqualTo(added);
              requireConsistent(left);
              if (!added) {
                addSecond(left);
                assertThat(opens(left, "second")).isTrue();
              }
            });
    assertThat(points).isGreaterThanOrEqualTo(10);
  }

  @Test
  void changeKeyslot_cutAnywhere_opensWithTheOldOrTheNewPassphrase() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    PowerCuts.everywhere(
        image,
        this::changeToSecond,
        left -> {
          assertThat(opens(left, "right")).isNotEqualTo(opens(left, "second"));
          requireConsistent(left);
        });
  }

  @Test
  void removeKeyslot_cutAnywhere_keepsTheOtherAndCanBeRepeated() throws Exception {
    FaultyLuksStorage two = TestVolumes.formatted();
    addSecond(two);
    PowerCuts.everywhere(
        two.content(),
        storage -> Luks2Volume.read(storage).removeKeyslot(0),
        left -> {
          assertThat(opens(left, "second")).isTrue();
          requireConsistent(left);
          if (Luks2Volume.read(left).keyslots().containsKey(0)) {
            Luks2Volume.read(left).removeKeyslot(0);
          }
          assertThat(opens(left, "right")).isFalse();
          assertThat(opens(left, "second")).isTrue();
        });
  }

  @Test
  void erase_cutAnywhere_canBeRepeatedUntilNothingOpens() throws Exception {
    FaultyLuksStorage two = TestVolumes.formatted();
    addSecond(two);
    byte[] image = two.content();
    PowerCuts.everywhere(
        image,
        storage -> Luks2Volume.read(storage).erase(),
        left -> {
          requireConsistent(left);
          Luks2Volume.read(left).erase();
          assertThat(Luks2Volume.read(left).keyslots()).isEmpty();
          byte[] after = left.content();
          for (int at = 32 << 10; at < TestVolumes.DATA_OFFSET_BYTES; at += 512) {
            assertThat(Arrays.mismatch(image, at, at + 512, after, at, at + 512))
                .as("sector at %d", at)
                .isNotNegative();
          }
        });
  }

  @Test
  void addKeyslot_secondaryDamagedAndCutAnywhere_leavesOldOrNew() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    Arrays.fill(image, (16 << 10) + 4096, (16 << 10) + 4600, (byte) 0x5A);
    PowerCuts.everywhere(
        image,
        this::addSecond,
        left -> {
          assertThat(opens(left, "right")).isTrue();
          requireConsistent(left);
        });
  }

  @Test
  void removeToken_cutAnywhere_leavesOldOrNew() throws Exception {
    Token token = TestVolumes.token("kept");
    byte[] image = TestVolumes.formatted(TestVolumes.options().token(token).build()).content();
    PowerCuts.everywhere(
        image,
        storage -> Luks2Volume.read(storage).removeToken(0),
        left -> {
          assertThat(Luks2Volume.read(left).tokens().size()).isBetween(0, 1);
          assertThat(opens(left, "right")).isTrue();
          requireConsistent(left);
        });
  }

  @Test
  void repair_ofSecondaryCutAnywhere_leavesAVolumeThatOpens() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    image[(16 << 10) + 4500] ^= 1;
    PowerCuts.everywhere(
        image,
        storage -> Luks2Volume.read(storage).repair(),
        left -> {
          assertThat(opens(left, "right")).isTrue();
          requireConsistent(left);
        });
  }

  @Test
  void writeManifest_cutAnywhere_isTheOldOrTheNewAndAlwaysAuthentic() throws Exception {
    ManifestOptions first = ManifestOptions.first("v", ManifestDerivation.RANDOM_SECRET);
    ManifestOptions next = new ManifestOptions("v", 2, ManifestDerivation.RANDOM_SECRET);
    byte[] image = TestVolumes.formatted(TestVolumes.options().manifest(first).build()).content();
    PowerCuts.everywhere(
        image,
        storage -> Luks2Volume.read(storage).writeManifest(right, 0, next),
        left -> {
          Luks2Volume volume = Luks2Volume.read(left);
          assertThat(volume.authenticate(right, "v", 1).epoch()).isBetween(1L, 2L);
          assertThat(opens(left, "right")).isTrue();
          requireConsistent(left);
        });
  }

  @Test
  void format_withManifestCutAnywhere_isNeverAVolumeWithoutIt() throws Exception {
    FormatOptions options =
        TestVolumes.options()
            .manifest(ManifestOptions.first("v", ManifestDerivation.RANDOM_SECRET))
            .build();
    PowerCuts.everywhere(
        new byte[TestVolumes.SIZE_BYTES],
        storage -> Luks2Volume.format(storage, options, right),
        left -> {
          if (LuksProbe.probe(left).kind() == LuksProbe.Kind.LUKS2) {
            assertThat(Luks2Volume.read(left).authenticate(right, "v", 1).keyslot()).isZero();
            assertThat(opens(left, "right")).isTrue();
          }
        });
  }
}
