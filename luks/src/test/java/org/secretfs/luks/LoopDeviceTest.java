package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.LuksStorage.LockMode;

/** Volumes on a kernel block device: a loop device, where the machine allows one. */
class LoopDeviceTest {
  private static final long SIZE_BYTES = 24L << 20;

  @TempDir Path folder;
  private Path device = Path.of("");

  @BeforeEach
  void attach() throws Exception {
    Path image = folder.resolve("image");
    try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
      file.setLength(SIZE_BYTES);
    }
    Tools.Result result = Tools.start("", "losetup", "--find", "--show", image);
    assumeTrue(result.status() == 0, "no loop device to be had: " + result.output());
    device = Path.of(result.output().strip());
  }

  @AfterEach
  void detach() throws Exception {
    if (device.isAbsolute()) {
      Tools.runWithInput("", "losetup", "--detach", device);
    }
  }

  @Test
  void format_ofBlockDevice_cryptsetupOpens() throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.open(device);
        SecretBuffer passphrase = TestVolumes.passphrase("right")) {
      assertThat(storage.sizeBytes()).isEqualTo(SIZE_BYTES);
      FormatOptions options = FormatOptions.builder(TestVolumes.CHEAP).build();
      Luks2Volume.format(storage, options, passphrase).addToken(TestVolumes.token("ours"));
    }
    Object[] open = {"cryptsetup", "open", "--test-passphrase", "--key-file", "-", device};
    assertThat(Tools.start("right", open).status()).isZero();
    assertThat(Tools.runWithInput("", "cryptsetup", "luksDump", device)).contains("0: ours");
  }

  @Test
  void lock_ofBlockDevice_isTheFileThatCryptsetupLocks() throws Exception {
    String number = device.getFileName().toString().substring("loop".length());
    Path resource = Path.of("/run/cryptsetup", "L_7:" + number);
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(device)) {
      try (LuksStorage.Lock _ = storage.lock(LockMode.EXCLUSIVE)) {
        Object[] attempt = {"flock", "--nonblock", "--shared", resource, "true"};
        assertThat(Tools.start("", attempt).status()).isEqualTo(1);
      }
      assertThat(resource).doesNotExist();
    }
  }

  @Test
  void claim_ofMountedDevice_isRefusedUntilItIsUnmounted() throws Exception {
    Path mount = Files.createDirectory(folder.resolve("mnt"));
    Tools.runWithInput("", "mkfs.ext4", "-q", device);
    assumeTrue(Tools.start("", "mount", device, mount).status() == 0, "mounting is not allowed");
    try {
      assertThatThrownBy(() -> DeviceClaim.take(device))
          .isInstanceOf(DeviceInUseException.class)
          .hasMessageContaining(device + " is in use");
    } finally {
      Tools.runWithInput("", "umount", mount);
    }
    DeviceClaim.take(device).close();
  }

  @Test
  void claim_held_keepsOthersFromMountingAndClaiming() throws Exception {
    Path mount = Files.createDirectory(folder.resolve("mnt"));
    Tools.runWithInput("", "mkfs.ext4", "-q", device);
    try (DeviceClaim _ = DeviceClaim.take(device)) {
      assertThatThrownBy(() -> DeviceClaim.take(device)).isInstanceOf(DeviceInUseException.class);
      assertThat(Tools.start("", "mount", device, mount).status()).isNotZero();
    }
    DeviceClaim.take(device).close();
  }
}
