package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.luks.DeviceClaim;
import org.secretfs.luks.DeviceInUseException;

/** A blank kernel device that somebody else has in hand: neither formatted nor shared. */
class DeviceInUseTest extends LabTest {
  @Test
  void up_blankDeviceClaimedByAnother_isNotFormattedAndServedAloneLater() throws Exception {
    Path file = directory.resolve("blank.img");
    try (RandomAccessFile image = new RandomAccessFile(file.toFile(), "rw")) {
      image.setLength(64L << 20);
    }
    String device = Lab.tool("losetup", "--find", "--show", file.toString()).strip();
    try {
      String yaml = Files.readString(lab.config());
      Files.writeString(
          lab.config(), yaml.replace("file: disk.img\n    size: 64MiB", "device: " + device));
      assertThat(Files.readString(lab.config())).contains(device);
      refusesWhileClaimed(device);
      upMustSucceed();
      writeText();
      assertThatThrownBy(() -> FileBlockDevice.open(Path.of(device)))
          .isInstanceOf(DeviceInUseException.class);
      assertThat(lab.down().status()).isZero();
      FileBlockDevice.open(Path.of(device)).close();
    } finally {
      lab.down();
      Lab.tool("losetup", "--detach", device);
    }
  }

  private void refusesWhileClaimed(String device) throws Exception {
    try (DeviceClaim _ = DeviceClaim.take(Path.of(device))) {
      Cli.Result refused = lab.up();
      assertThat(refused.status()).as(refused.toString()).isEqualTo(5);
      assertThat(refused.err()).contains("DEVICE_IN_USE", device, "lsblk");
    }
    try (FileBlockDevice unchanged = FileBlockDevice.openReadOnly(Path.of(device))) {
      assertThat(org.secretfs.block.BlankCheck.of(unchanged).isBlank()).isTrue();
    }
  }
}
