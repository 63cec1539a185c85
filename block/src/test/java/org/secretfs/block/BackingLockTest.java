package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BackingLockTest {
  @TempDir Path directory;
  private Path file;

  @BeforeEach
  void make() throws IOException {
    file = Files.write(directory.resolve("backing"), new byte[4096]);
  }

  @Test
  void tryLock_held_isEmptyUntilClosed() throws IOException {
    try (BackingLock _ = BackingLock.tryLock(file, false).orElseThrow()) {
      assertThat(BackingLock.tryLock(file, false)).isEmpty();
      assertThat(BackingLock.tryLock(file, true)).isEmpty();
    }
    BackingLock.tryLock(file, false).orElseThrow().close();
  }

  @Test
  void tryLock_shared_admitsReadersOnly() throws IOException {
    try (BackingLock _ = BackingLock.tryLock(file, true).orElseThrow();
        BackingLock _ = BackingLock.tryLock(file, true).orElseThrow()) {
      assertThat(BackingLock.tryLock(file, false)).isEmpty();
    }
  }

  /** What Java's own locks get wrong. */
  @Test
  void tryLock_otherChannelOfThisProcessClosed_isStillHeld() throws IOException {
    try (BackingLock _ = BackingLock.tryLock(file, false).orElseThrow()) {
      FileChannel.open(file, StandardOpenOption.WRITE).close();
      assertThat(BackingLock.tryLock(file, false)).isEmpty();
    }
  }

  @Test
  void tryLock_recordLockOfJava_conflicts() throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      assertThat(channel.tryLock()).isNotNull();
      assertThat(BackingLock.tryLock(file, false)).isEmpty();
    }
  }

  @Test
  void tryLock_missingFile_saysWhich() {
    assertThatThrownBy(() -> BackingLock.tryLock(directory.resolve("none"), false))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none");
  }
}
