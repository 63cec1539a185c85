package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import org.secretfs.crypto.memory.SecretBuffer;

/** Hostile backups of headers: refused, or put back so that the volume is what they say. */
class BackupFuzzTest {
  private static final int COPY_BYTES = 16 << 10;

  /** A right backup, some bytes of which are others; the checksums of both copies fit. */
  @FuzzTest
  void restore_anyBackup_isRefusedOrWhole(byte[] changes) throws Exception {
    byte[] whole = new HeaderForge().storage().content();
    byte[] backup = java.util.Arrays.copyOf(whole, TestVolumes.DATA_OFFSET_BYTES);
    for (int i = 0; i + 3 < changes.length; i += 4) {
      int offset =
          ((changes[i] & 0xFF) << 16 | (changes[i + 1] & 0xFF) << 8 | (changes[i + 2] & 0xFF))
              % backup.length;
      backup[offset] = changes[i + 3];
    }
    HeaderForge.seal(backup, 0);
    HeaderForge.seal(backup, COPY_BYTES);
    FaultyLuksStorage device = new FaultyLuksStorage(whole);
    try {
      HeaderBackup read = HeaderBackup.read(new FaultyLuksStorage(backup));
      read.restore(device);
      assertThat(LuksVolume.read(device).uuid()).isEqualTo(read.uuid());
      assertThat(LuksVolume.read(device).segment()).isEqualTo(read.volume().segment());
      assertThat(HeaderBackup.of(device).uuid()).isEqualTo(read.uuid());
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
      try (SecretBuffer right = TestVolumes.passphrase("right")) {
        LuksVolume.read(device).unlock(right).close();
      }
    }
    assertThat(device.isLocked()).isFalse();
  }

  /** Bytes of any kind. */
  @FuzzTest
  void read_anyBytes_isABackupOrRefused(byte[] bytes) throws Exception {
    try {
      assertThat(HeaderBackup.read(new FaultyLuksStorage(bytes)).sizeBytes())
          .isEqualTo(bytes.length);
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
  }
}
