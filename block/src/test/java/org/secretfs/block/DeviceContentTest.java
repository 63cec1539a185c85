package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.Luks2Volume;
import org.secretfs.luks.VolumeDefaults;

class DeviceContentTest {
  private final InMemoryBlockDevice device = new InMemoryBlockDevice(32 << 20);

  private DeviceContent content() throws Exception {
    return DeviceContent.of(
        BlockDeviceStorage.owning(device), device, false, VolumeDefaults.DATA_OFFSET_BYTES);
  }

  private void put(String text, long offsetBytes) {
    device.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1)), offsetBytes);
  }

  @Test
  void of_zeroes_isBlank() throws Exception {
    assertThat(content()).isEqualTo(new DeviceContent.Blank());
  }

  @Test
  void of_oneByteAnywhere_isForeign() throws Exception {
    put("x", device.sizeBytes() - 1);

    assertThat(content()).isEqualTo(new DeviceContent.Foreign("data at byte 33554431"));
  }

  @Test
  void of_volumeOfOurs_isLuks2() throws Exception {
    try (SecretBuffer secret = SecretBuffer.random(32)) {
      Luks2Volume.format(
          BlockDeviceStorage.owning(device), VolumeDefaults.options("v", true).build(), secret);
    }

    assertThat(content()).isEqualTo(new DeviceContent.Luks2());
  }

  @Test
  void of_luks1Magic_isLuks1() throws Exception {
    put("LUKS\u00ba\u00be\u0000\u0001", 0);

    assertThat(content()).isInstanceOf(DeviceContent.Luks1.class);
  }

  @Test
  void of_remainsOfLuks2_isDamaged() throws Exception {
    put("LUKS\u00ba\u00be\u0000\u0002", 0);

    assertThat(content()).isInstanceOf(DeviceContent.DamagedLuks.class);
  }
}
