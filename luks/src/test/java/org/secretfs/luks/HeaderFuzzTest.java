package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Hostile headers: whatever they hold, reading ends with a volume or a {@link LuksException}. */
class HeaderFuzzTest {
  private static final int COPY_BYTES = 16 << 10;
  private static final int DEVICE_BYTES = 1 << 20;

  /** JSON of any kind behind a valid binary header whose checksum fits. */
  @FuzzTest
  void read_anyJson_isAVolumeOrRefused(byte[] json) throws Exception {
    byte[] image = new byte[DEVICE_BYTES];
    for (BinaryHeader.Copy copy : BinaryHeader.Copy.values()) {
      int offset = copy == BinaryHeader.Copy.PRIMARY ? 0 : COPY_BYTES;
      BinaryHeader header =
          BinaryHeader.create(
              COPY_BYTES,
              java.util.UUID.fromString("00000000-0000-4000-8000-000000000000"),
              "",
              "",
              new byte[BinaryHeader.SALT_BYTES]);
      byte[] binary = header.as(copy, 1, new byte[BinaryHeader.SALT_BYTES]).toBytes();
      System.arraycopy(binary, 0, image, offset, binary.length);
      int room = COPY_BYTES - BinaryHeader.SIZE_BYTES;
      int areaAt = offset + BinaryHeader.SIZE_BYTES;
      System.arraycopy(json, 0, image, areaAt, Math.min(json.length, room));
      HeaderForge.seal(image, offset);
    }
    read(new FaultyLuksStorage(image));
  }

  /** Any first bytes of both copies, their checksums made to fit. */
  @FuzzTest
  void read_anyBinaryHeader_isAVolumeOrRefused(byte[] binary) throws Exception {
    byte[] image = new HeaderForge().storage().content();
    int length = Math.min(binary.length, BinaryHeader.CHECKSUM_OFFSET);
    for (int offset : new int[] {0, COPY_BYTES}) {
      System.arraycopy(binary, 0, image, offset, length);
      if (offset != 0 && length >= 4) {
        System.arraycopy("SKUL".getBytes(StandardCharsets.US_ASCII), 0, image, offset, 4);
      }
      HeaderForge.seal(image, offset);
    }
    read(new FaultyLuksStorage(Arrays.copyOf(image, DEVICE_BYTES)));
  }

  private static void read(FaultyLuksStorage storage) throws Exception {
    LuksProbe probe = LuksProbe.probe(storage);
    assertThat(probe.detail()).isNotEmpty();
    try {
      Luks2Volume volume = Luks2Volume.read(storage);
      assertThat(probe.kind()).isEqualTo(LuksProbe.Kind.LUKS2);
      assertThat(volume.segment().cipher()).isNotEmpty();
      assertThat(volume.label()).isNotNull();
      assertThat(volume.keyslots().size()).isLessThanOrEqualTo(32);
      assertThat(volume.jsonMetadata()).startsWith("{");
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    assertThat(storage.operations()).as("writes").isZero();
    assertThat(storage.isLocked()).isFalse();
  }
}
