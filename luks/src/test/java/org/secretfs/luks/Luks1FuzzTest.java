package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;

/** Hostile LUKS1 headers: whatever they hold, reading ends with a volume or a LuksException. */
class Luks1FuzzTest {
  private static final int DEVICE_BYTES = 1 << 20;

  /** Any header behind the magic. */
  @FuzzTest
  void read_anyHeader_isAVolumeOrRefused(byte[] header) throws Exception {
    byte[] image = new byte[DEVICE_BYTES];
    System.arraycopy("LUKS\u00ba\u00be\0\1".getBytes(StandardCharsets.ISO_8859_1), 0, image, 0, 8);
    System.arraycopy(header, 0, image, 8, Math.min(header.length, Luks1Header.SIZE_BYTES - 8));
    read(image);
  }

  /** A valid header, some bytes of which are others. */
  @FuzzTest
  void read_validHeaderChanged_isAVolumeOrRefused(byte[] changes) throws Exception {
    byte[] image = Luks1Images.formatted().content();
    for (int i = 0; i + 2 < changes.length; i += 3) {
      int offset = ((changes[i] & 3) << 8) | (changes[i + 1] & 0xFF);
      if (offset >= Long.BYTES && offset < Luks1Header.SIZE_BYTES) {
        image[offset] = changes[i + 2];
      }
    }
    read(image);
  }

  private static void read(byte[] image) throws Exception {
    FaultyLuksStorage storage = new FaultyLuksStorage(image);
    assertThat(LuksProbe.probe(storage).kind()).isEqualTo(LuksProbe.Kind.LUKS1);
    try {
      LuksVolume volume = LuksVolume.read(storage);
      assertThat(volume.version()).isEqualTo(1);
      assertThat(volume.keyslots().size()).isLessThanOrEqualTo(8);
      assertThat(volume.headerSizeBytes()).isBetween(1024L, (long) image.length);
      assertThat(volume.segment().cipher()).isNotEmpty();
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    assertThat(storage.operations()).as("writes").isZero();
    assertThat(storage.isLocked()).isFalse();
    try {
      Luks1Volume.mend(storage);
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    assertThat(storage.isLocked()).isFalse();
  }
}
