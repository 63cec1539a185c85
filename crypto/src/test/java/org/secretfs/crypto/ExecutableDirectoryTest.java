package org.secretfs.crypto;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ExecutableDirectoryTest {
  @TempDir Path directory;

  @Test
  void find_firstIsNoexec_takesTheNext(@TempDir Path other) {
    List<String> mounts =
        List.of("/dev/a / ext4 rw 0 0", "tmpfs %s tmpfs rw,noexec 0 0".formatted(directory));
    assertThat(ExecutableDirectory.find(List.of(directory, other), mounts)).contains(other);
  }

  @Test
  void find_missingOrAllNoexec_isEmpty() {
    List<String> mounts = List.of("/dev/a / ext4 rw,noexec,relatime 0 0");
    assertThat(ExecutableDirectory.find(List.of(directory.resolve("none"), directory), mounts))
        .isEmpty();
  }

  @Test
  void allowsPrograms_mountedOver_lastMountCounts() {
    String noexec = "tmpfs %s tmpfs rw,noexec 0 0".formatted(directory);
    String exec = "tmpfs %s tmpfs rw 0 0".formatted(directory);
    assertThat(ExecutableDirectory.allowsPrograms(directory, List.of(noexec, exec))).isTrue();
    assertThat(ExecutableDirectory.allowsPrograms(directory, List.of(exec, noexec))).isFalse();
  }

  @Test
  void allowsPrograms_oddMounts_areIgnored() {
    List<String> mounts = List.of("", "x", "a b", "/dev/a /\\040x ext4 noexec 0 0");
    assertThat(ExecutableDirectory.allowsPrograms(directory, mounts)).isTrue();
  }

  @Test
  void find_thisMachine_findsOne() {
    assertThat(ExecutableDirectory.find()).isPresent();
  }
}
