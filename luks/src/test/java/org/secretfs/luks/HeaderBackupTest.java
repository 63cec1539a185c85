package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Optional;
import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

/** Backups of headers: what belongs where, and power cuts while one is put back. */
class HeaderBackupTest {
  private static final int SEEDS = 4;

  private static byte[] bytes(HeaderBackup backup) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    backup.writeTo(out);
    return out.toByteArray();
  }

  private static FaultyLuksStorage withPassphrase(FaultyLuksStorage storage, String from, String to)
      throws Exception {
    Luks2Volume volume = Luks2Volume.read(storage);
    try (SecretBuffer old = TestVolumes.passphrase(from);
        SecretBuffer other = TestVolumes.passphrase(to);
        VolumeKey key = volume.unlock(old)) {
      volume.changeKeyslot(0, key, other, TestVolumes.CHEAP);
    }
    return storage;
  }

  private static boolean opens(LuksStorage storage, String passphrase) throws Exception {
    try {
      return TestVolumes.opens(storage, passphrase);
    } catch (LuksException.NoKeyslotOpened e) {
      return false;
    }
  }

  @Test
  void restore_afterAPassphraseWasChanged_bringsTheOldOneBack() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    HeaderBackup backup = HeaderBackup.of(storage);
    withPassphrase(storage, "right", "later");
    assertThat(opens(storage, "right")).isFalse();
    backup.restore(storage);
    assertThat(opens(storage, "right")).isTrue();
    assertThat(opens(storage, "later")).isFalse();
    assertThat(Luks2Volume.read(storage).needsRepair()).isFalse();
  }

  @Test
  void restore_cutAnywhere_opensAsBeforeOrAsTheBackup() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    HeaderBackup backup = HeaderBackup.of(storage);
    byte[] image = withPassphrase(storage, "right", "later").content();
    FaultyLuksStorage whole = new FaultyLuksStorage(image);
    backup.restore(whole);
    for (long point = 0; point < whole.operations(); point++) {
      FaultyLuksStorage cut = new FaultyLuksStorage(image).failAfter(point);
      assertThatThrownBy(() -> backup.restore(cut)).isInstanceOf(IOException.class);
      for (int seed = 0; seed < SEEDS; seed++) {
        FaultyLuksStorage left = cut.cutPower(point * SEEDS + seed);
        assertThat(opens(left, "right") || opens(left, "later")).as("point %d", point).isTrue();
        backup.restore(left);
        assertThat(opens(left, "right")).isTrue();
        assertThat(opens(left, "later")).isFalse();
      }
    }
    assertThat(whole.operations()).isGreaterThan(10);
  }

  @Test
  void restore_overALostHeaderCutAnywhere_canBeRepeated() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    HeaderBackup backup = HeaderBackup.of(storage);
    byte[] lost = new byte[TestVolumes.SIZE_BYTES];
    FaultyLuksStorage whole = new FaultyLuksStorage(lost);
    backup.restore(whole);
    for (long point = 0; point < whole.operations(); point++) {
      FaultyLuksStorage cut = new FaultyLuksStorage(lost).failAfter(point);
      assertThatThrownBy(() -> backup.restore(cut)).isInstanceOf(IOException.class);
      FaultyLuksStorage left = cut.cutPower(point);
      backup.restore(left);
      assertThat(opens(left, "right")).isTrue();
    }
  }

  @Test
  void of_volumeWithADamagedCopy_holdsTwoGoodOnes() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    image[5000] ^= 1;
    FaultyLuksStorage damaged = new FaultyLuksStorage(image);
    assertThat(Luks2Volume.read(damaged).needsRepair()).isTrue();
    HeaderBackup backup = HeaderBackup.of(damaged);
    assertThat(Luks2Volume.read(new FaultyLuksStorage(bytes(backup))).needsRepair()).isFalse();
    assertThat(damaged.operations()).isZero();
  }

  @Test
  void restore_anotherUuid_isRefusedAndWritesNothing() throws Exception {
    HeaderBackup backup = HeaderBackup.of(TestVolumes.formatted());
    refuses(backup, TestVolumes.formatted(), "UUID is");
  }

  @Test
  void restore_sameUuidAnotherVolumeKey_isRefused() throws Exception {
    UUID uuid = UUID.randomUUID();
    FormatOptions options = TestVolumes.options().uuid(uuid).build();
    HeaderBackup backup = HeaderBackup.of(TestVolumes.formatted(options));
    refuses(backup, TestVolumes.formatted(options), "volume key is another");
  }

  @Test
  void restore_otherSizes_isRefused() throws Exception {
    UUID uuid = UUID.randomUUID();
    HeaderBackup backup =
        HeaderBackup.of(TestVolumes.formatted(TestVolumes.options().uuid(uuid).build()));
    refuses(
        backup,
        TestVolumes.formatted(TestVolumes.options().uuid(uuid).metadataSizeBytes(32 << 10).build()),
        "metadata size is 16384 in the backup, 32768");
    refuses(
        backup,
        TestVolumes.formatted(TestVolumes.options().uuid(uuid).sectorSize(4096).build()),
        "segment is");
  }

  @Test
  void restore_somethingElseOnTheDevice_isRefused() throws Exception {
    HeaderBackup backup = HeaderBackup.of(TestVolumes.formatted());
    byte[] image = new byte[TestVolumes.SIZE_BYTES];
    image[1080] = 0x53;
    image[1081] = (byte) 0xEF;
    refuses(backup, new FaultyLuksStorage(image), "ext2/ext3/ext4");
    refuses(backup, FaultyLuksStorage.ofSize(1 << 19), "the device has 524288 bytes");
  }

  private static void refuses(HeaderBackup backup, FaultyLuksStorage storage, String why) {
    long before = storage.operations();
    assertThatThrownBy(() -> backup.restore(storage))
        .isInstanceOf(LuksException.BackupRefused.class)
        .hasMessageContaining(why);
    assertThat(storage.operations()).isEqualTo(before);
  }

  @Test
  void restoreOverAnything_ofAnotherVolume_isThatVolume() throws Exception {
    FormatOptions large = TestVolumes.options().metadataSizeBytes(64 << 10).build();
    FaultyLuksStorage storage = TestVolumes.formatted(large);
    HeaderBackup backup = HeaderBackup.of(TestVolumes.formatted());
    backup.restoreOverAnything(storage);
    assertThat(Luks2Volume.read(storage).uuid()).isEqualTo(backup.uuid());
    assertThat(opens(storage, "right")).isTrue();
    byte[] content = storage.content();
    content[0] = 0;
    assertThat(Luks2Volume.read(new FaultyLuksStorage(content)).uuid()).isEqualTo(backup.uuid());
  }

  @Test
  void read_everyByteFlippedInBothHeaders_isNoBackup() throws Exception {
    byte[] backup = bytes(HeaderBackup.of(TestVolumes.formatted()));
    backup[5000] ^= 1;
    backup[5000 + (16 << 10)] ^= 1;
    assertThatThrownBy(() -> HeaderBackup.read(new FaultyLuksStorage(backup)))
        .isInstanceOf(LuksException.CorruptHeader.class);
    byte[] cut = java.util.Arrays.copyOf(backup, 64 << 10);
    assertThatThrownBy(() -> HeaderBackup.read(new FaultyLuksStorage(cut)))
        .isInstanceOf(LuksException.class);
  }

  @Test
  void settingsAndErase_cutAnywhere_leaveOldOrNew() throws Exception {
    byte[] image = TestVolumes.formatted().content();
    FaultyLuksStorage whole = new FaultyLuksStorage(image);
    Luks2Volume.read(whole).settings().setNames(Optional.of("new"), Optional.empty());
    assertThat(Luks2Volume.read(whole).label()).isEqualTo("new");
    for (long point = 0; point < whole.operations(); point++) {
      FaultyLuksStorage cut = new FaultyLuksStorage(image).failAfter(point);
      Luks2Volume volume = Luks2Volume.read(cut);
      assertThatThrownBy(() -> volume.settings().setNames(Optional.of("new"), Optional.empty()))
          .isInstanceOf(IOException.class);
      FaultyLuksStorage left = cut.cutPower(point);
      assertThat(Luks2Volume.read(left).label()).isIn("", "new");
      assertThat(opens(left, "right")).isTrue();
    }
    Luks2Volume.read(whole).erase();
    assertThat(Luks2Volume.read(whole).keyslots()).isEmpty();
    assertThat(opens(whole, "right")).isFalse();
  }
}
