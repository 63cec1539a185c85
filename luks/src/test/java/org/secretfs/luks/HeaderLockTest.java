package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.luks.LuksStorage.LockMode;

/** The locks of headers, seen by flock(1), which takes the same locks as cryptsetup. */
class HeaderLockTest {
  @TempDir Path folder;

  private Path file() throws IOException {
    return Files.write(folder.resolve("image"), new byte[4096]);
  }

  private static boolean othersMay(String mode, Path file) throws Exception {
    return Tools.start("", "flock", "--nonblock", mode, file, "true").status() == 0;
  }

  @Test
  void lock_exclusive_keepsOthersOutUntilClosed() throws Exception {
    Path file = file();
    try (FileLuksStorage storage = FileLuksStorage.open(file)) {
      try (LuksStorage.Lock _ = storage.lock(LockMode.EXCLUSIVE)) {
        assertThat(othersMay("--shared", file)).isFalse();
        assertThat(othersMay("--exclusive", file)).isFalse();
      }
      assertThat(othersMay("--exclusive", file)).isTrue();
    }
  }

  @Test
  void lock_shared_letsReadersIn() throws Exception {
    Path file = file();
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(file);
        LuksStorage.Lock _ = storage.lock(LockMode.SHARED)) {
      assertThat(othersMay("--shared", file)).isTrue();
      assertThat(othersMay("--exclusive", file)).isFalse();
    }
  }

  @Test
  void resource_lastHolder_removesTheFile() throws Exception {
    Path resource = folder.resolve("L_7:1");
    LuksStorage.Lock first = HeaderLock.ofResource(resource, LockMode.SHARED);
    LuksStorage.Lock second = HeaderLock.ofResource(resource, LockMode.SHARED);
    assertThat(Files.getPosixFilePermissions(resource)).hasSize(2);
    first.close();
    assertThat(resource).exists();
    assertThat(othersMay("--exclusive", resource)).isFalse();
    second.close();
    assertThat(resource).doesNotExist();
  }

  @Test
  void resource_symbolicLink_isNotFollowed() throws Exception {
    Path resource = Files.createSymbolicLink(folder.resolve("L_7:2"), folder.resolve("elsewhere"));
    assertThatThrownBy(() -> HeaderLock.ofResource(resource, LockMode.EXCLUSIVE))
        .isInstanceOf(IOException.class);
    assertThat(folder.resolve("elsewhere")).doesNotExist();
  }

  @Test
  void resourceName_ofDeviceNumbers_isCryptsetups() {
    assertThat(HeaderLock.resourceName(0x0802)).isEqualTo("L_8:2");
    assertThat(HeaderLock.resourceName(0x1_03_05L)).isEqualTo("L_259:5");
    assertThat(HeaderLock.resourceName(0x10_FD_2CL)).isEqualTo("L_253:300");
  }

  @Test
  void open_directory_isRefused() {
    assertThatThrownBy(() -> FileLuksStorage.open(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("neither a regular file nor a block device");
  }

  @Test
  void read_outsideTheFile_isRefused() throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.open(file())) {
      assertThatThrownBy(() -> storage.read(ByteBuffer.allocate(2), 4095))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> storage.write(ByteBuffer.allocate(1), -1))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void write_readOnlyStorage_isRefused() throws Exception {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(file())) {
      assertThatThrownBy(() -> storage.write(ByteBuffer.allocate(1), 0))
          .isInstanceOf(NonWritableChannelException.class);
    }
  }
}
