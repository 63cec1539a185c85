package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may write a regular file; block devices are LoopDeviceTest's. */
class DeviceClaimTest {
  @TempDir Path folder;
  private Path file = Path.of("");

  @BeforeEach
  void make() throws IOException {
    file = Files.write(folder.resolve("image"), new byte[1 << 20]);
  }

  private void isInUse() {
    assertThatThrownBy(() -> DeviceClaim.take(file))
        .isInstanceOf(DeviceInUseException.class)
        .hasMessageContaining(file + " is in use");
  }

  @Test
  void take_heldInThisProcess_isRefusedUntilClosed() throws Exception {
    try (DeviceClaim _ = DeviceClaim.take(file)) {
      isInUse();
      // What Java's own locks get wrong: they are lost with any other channel on the file.
      FileChannel.open(file, StandardOpenOption.WRITE).close();
      assertThat(DeviceClaim.tryServe(file, false)).isEmpty();
    }
    DeviceClaim.take(file).close();
  }

  @Test
  void take_heldByAnotherProcess_isRefusedUntilItIsKilled() throws Exception {
    Process other = ClaimHolder.start(file);
    try {
      isInUse();
      assertThat(DeviceClaim.tryServe(file, true)).isEmpty();
    } finally {
      other.destroyForcibly().waitFor();
    }
    DeviceClaim.take(file).close();
  }

  @Test
  void take_otherProcessIsJustEnding_waitsForIt() throws Exception {
    Process other = ClaimHolder.start(file);
    other.getOutputStream().close();
    DeviceClaim.take(file).close();
    assertThat(other.waitFor()).isZero();
  }

  @Test
  void tryServe_readers_shareAndHoldOffWriters() throws Exception {
    try (DeviceClaim _ = DeviceClaim.tryServe(file, true).orElseThrow();
        DeviceClaim _ = DeviceClaim.tryServe(file, true).orElseThrow()) {
      assertThat(DeviceClaim.tryServe(file, false)).isEmpty();
      isInUse();
    }
    DeviceClaim.tryServe(file, false).orElseThrow().close();
  }

  @Test
  void tryServe_missingFile_saysWhich() {
    assertThatThrownBy(() -> DeviceClaim.tryServe(folder.resolve("none"), false))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("none");
  }

  /** The claim's byte is none of those that others lock. */
  @Test
  void take_held_leavesOthersLocksAlone() throws Exception {
    try (DeviceClaim _ = DeviceClaim.take(file)) {
      Object[] flock = {"flock", "--nonblock", "--exclusive", file, "true"};
      assertThat(Tools.start("", flock).status()).isZero();
      Object[] write = {"qemu-io", "-f", "raw", "-c", "write -P 7 0 512", file};
      assertThat(Tools.runWithInput("", write)).contains("wrote 512/512 bytes");
    }
  }

  @Test
  void take_loopDeviceOnTheFile_isRefusedUnlessItOnlyReads() throws Exception {
    String device = attach("--find");
    try {
      isInUse();
      assertThat(DeviceClaim.tryServe(file, false)).isEmpty();
    } finally {
      Tools.runWithInput("", "losetup", "--detach", device);
    }
    String reading = attach("--read-only");
    try {
      DeviceClaim.take(file).close();
    } finally {
      Tools.runWithInput("", "losetup", "--detach", reading);
    }
  }

  private String attach(String option) throws Exception {
    Tools.Result result = Tools.start("", "losetup", option, "--find", "--show", file);
    assumeTrue(result.status() == 0, "no loop device to be had: " + result.output());
    return result.output().strip();
  }
}
