package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

/** What is done to a header in re-encryption without going on with it. */
class ReencryptingHeaderTest {
  private static final int PRIMARY = 0;

  private static FaultyLuksStorage volume() throws Exception {
    return new FaultyLuksStorage(HalfReencrypted.image());
  }

  private static FaultyLuksStorage damaged(int offset) throws Exception {
    byte[] image = HalfReencrypted.image();
    image[offset + 200] ^= 1;
    return new FaultyLuksStorage(image);
  }

  @Test
  void read_halfDone_showsPartsAndKeyslotsOfBothKeysAndWritesNothing() throws Exception {
    FaultyLuksStorage storage = volume();
    long operations = storage.operations();
    ReencryptingHeader header = ReencryptingHeader.read(storage);
    assertThat(header.status()).isEqualTo(Reencryption.status(storage).orElseThrow());
    List<VolumeSegment> segments = List.copyOf(header.segments().values());
    assertThat(segments).hasSize(4);
    assertThat(segments.get(0).sizeBytes()).hasValue(HalfReencrypted.ZONE_BYTES);
    assertThat(segments.get(2).flags()).containsExactly(VolumeSegment.Flag.BACKUP_PREVIOUS);
    assertThat(segments.get(3).flags()).containsExactly(VolumeSegment.Flag.BACKUP_FINAL);
    assertThat(header.oldKeyslots()).containsExactly(0);
    assertThat(header.newKeyslots()).containsExactly(1);
    assertThat(header.keyslots().values()).hasSize(2).allMatch(KeyslotInfo::boundToSegment);
    assertThat(header.area().keyslot()).isEqualTo(2);
    assertThat(header.area().checksumHash()).contains("sha256");
    assertThat(header.isApartFromData()).isFalse();
    ReencryptingHeader.Progress progress = header.progress(storage.sizeBytes());
    assertThat(progress.doneBytes()).isEqualTo(HalfReencrypted.ZONE_BYTES);
    assertThat(progress.totalBytes())
        .isEqualTo(storage.sizeBytes() - segments.get(0).offsetBytes());
    assertThat(progress.hotOffsetBytes()).isEmpty();
    assertThatThrownBy(() -> header.progress(segments.get(0).offsetBytes()))
        .isInstanceOf(LuksException.ReencryptionRefused.class);
    assertThat(header.needsRepair()).isFalse();
    assertThat(storage.operations()).isEqualTo(operations);
    assertThat(storage.isLocked()).isFalse();
  }

  @Test
  void read_notInReencryption_isRefused() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    assertThatThrownBy(() -> ReencryptingHeader.read(storage))
        .isInstanceOf(LuksException.ReencryptionRefused.class);
    assertThat(LuksHeader.read(storage)).isInstanceOf(Luks2Volume.class);
  }

  @Test
  void unlock_rightPassphrase_opensEitherKeyWrongOneNeither() throws Exception {
    LuksHeader header = LuksHeader.read(volume());
    try (SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer wrong = TestVolumes.passphrase("wrong");
        VolumeKey oldKey = header.unlockUnbound(right, 0);
        VolumeKey newKey = header.unlockUnbound(right, 1);
        VolumeKey any = header.unlock(right)) {
      assertThat(oldKey.secret().equalsSecret(newKey.secret())).isFalse();
      assertThat(any.secret().equalsSecret(newKey.secret())).isTrue();
      header.requireVolumeKey(oldKey);
      header.requireVolumeKey(newKey);
      assertThatThrownBy(() -> header.unlock(wrong))
          .isInstanceOf(LuksException.NoKeyslotOpened.class)
          .hasMessageContaining("(2 tried)");
      assertThatThrownBy(() -> header.unlockUnbound(right, 5))
          .hasMessageContaining("keyslot 5 is not in use");
    }
  }

  @Test
  void requireVolumeKey_ofNeither_isRefused() throws Exception {
    LuksHeader header = LuksHeader.read(volume());
    try (VolumeKey other = VolumeKey.takeOver(SecretBuffer.takeFrom(new byte[64]))) {
      assertThatThrownBy(() -> header.requireVolumeKey(other))
          .isInstanceOf(LuksException.NoKeyslotOpened.class)
          .hasMessageContaining("not this volume's");
    }
  }

  @Test
  void repair_eitherCopyDamaged_isAsBeforeAndGoesOn() throws Exception {
    int secondary = (int) ReencryptingHeader.read(volume()).metadataSizeBytes();
    for (int offset : new int[] {PRIMARY, secondary}) {
      FaultyLuksStorage storage = damaged(offset);
      LuksHeader header = LuksHeader.read(storage);
      assertThat(header.repairReason()).isPresent();
      header.repair();
      assertThat(header.needsRepair()).isFalse();
      assertThat(LuksHeader.read(storage).needsRepair()).isFalse();
      try (SecretBuffer right = TestVolumes.passphrase("right");
          Reencryption open = Reencryption.open(storage, storage, List.of(right))) {
        assertThat(open.run(HalfReencrypted.run(1), HotzoneGate.NONE, (_, _) -> true)).isTrue();
      }
      assertThat(TestVolumes.opens(storage, "right")).isTrue();
    }
  }

  @Test
  void erase_halfDone_overwritesTheKeyslotsAreaAndLeavesNoKeyslot() throws Exception {
    FaultyLuksStorage storage = volume();
    ReencryptingHeader header = ReencryptingHeader.read(storage);
    int begin = (int) (2 * header.metadataSizeBytes());
    int end = (int) header.headerSizeBytes();
    byte[] before = storage.content();
    header.erase();
    for (int at = begin; at < end; at += 4096) {
      assertThat(Arrays.equals(storage.content(), at, at + 64, before, at, at + 64))
          .as("bytes at %d", at)
          .isFalse();
    }
    LuksHeader erased = LuksHeader.read(storage);
    assertThat(erased.keyslots()).isEmpty();
    try (SecretBuffer right = TestVolumes.passphrase("right")) {
      assertThatThrownBy(() -> erased.unlock(right))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
    }
  }

  @Test
  void erase_cutAnywhere_canBeErasedAgain() throws Exception {
    FaultyLuksStorage whole = volume();
    long first = whole.operations();
    LuksHeader.read(whole).erase();
    long operations = whole.operations() - first;
    assertThat(operations).isGreaterThan(2);
    for (long cut = 0; cut < operations; cut++) {
      FaultyLuksStorage storage = volume().failAfter(cut);
      LuksHeader header = LuksHeader.read(storage);
      assertThatThrownBy(header::erase).isInstanceOf(IOException.class);
      FaultyLuksStorage left = storage.cutPower(cut);
      LuksHeader.read(left).erase();
      assertThat(LuksHeader.read(left).keyslots()).isEmpty();
    }
  }

  @Test
  void backup_halfDone_isTakenAndNeverPutBack() throws Exception {
    FaultyLuksStorage storage = volume();
    HeaderBackup backup = HeaderBackup.of(storage);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    backup.writeTo(bytes);
    byte[] before = storage.content();
    assertThat(bytes.toByteArray()).isEqualTo(Arrays.copyOf(before, (int) backup.sizeBytes()));
    assertThatThrownBy(() -> backup.restore(storage))
        .isInstanceOf(LuksException.BackupRefused.class);
    assertThatThrownBy(() -> backup.restoreOverAnything(storage))
        .isInstanceOf(LuksException.BackupRefused.class);
    assertThatThrownBy(() -> HeaderBackup.read(new FaultyLuksStorage(bytes.toByteArray())))
        .isInstanceOf(LuksException.BackupRefused.class)
        .hasMessageContaining("middle of a re-encryption");
    assertThat(storage.content()).isEqualTo(before);
  }
}
