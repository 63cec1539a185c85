package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MountsTest {
  private static final Path TMPFS = Path.of("secretfs-test");

  private final CommandRunner runner = new SystemCommandRunner();
  private final Mounts mounts = new Mounts(runner);
  @TempDir private Path folder;
  private Path directory;

  @BeforeEach
  void makeDirectory() throws Exception {
    directory = Files.createDirectory(folder.resolve("mount point"));
    CommandResult result =
        runner.run(Command.of("mount", "-t", "tmpfs", "probe", directory.toString()));
    Assumptions.assumeTrue(
        result.exitStatus() == 0, () -> "this user may not mount: " + result.errors());
    runner.require(Command.of("umount", directory.toString()));
  }

  @AfterEach
  void unmount() throws AttachException {
    if (mounts.at(directory).isPresent()) {
      runner.require(Command.of("umount", "-l", directory.toString()));
    }
  }

  @Test
  void mount_directoryWithSpace_isFoundAndUnmounted() throws Exception {
    mounts.mount(TMPFS, directory, "tmpfs", List.of("ro", "nodev"));

    assertThat(mounts.at(directory).orElseThrow())
        .matches(entry -> entry.type().equals("tmpfs") && entry.options().contains("nodev"));
    assertThat(mounts.of(TMPFS)).extracting(MountEntry::mountPoint).contains(directory);
    mounts.unmount(directory, false);
    assertThat(mounts.at(directory)).isEmpty();
  }

  @Test
  void mount_occupiedDirectory_throwsBusy() throws Exception {
    mounts.mount(TMPFS, directory, "tmpfs", List.of());

    assertThatThrownBy(() -> mounts.mount(TMPFS, directory, "tmpfs", List.of()))
        .isInstanceOf(AttachException.Busy.class)
        .hasMessageContaining("secretfs-test");
  }

  @Test
  void mount_missingDirectory_throwsNotFound() {
    assertThatThrownBy(() -> mounts.mount(TMPFS, folder.resolve("missing"), "tmpfs", List.of()))
        .isInstanceOf(AttachException.NotFound.class);
  }

  @Test
  void unmount_heldByThisProcess_throwsBusyNamingIt() throws Exception {
    mounts.mount(TMPFS, directory, "tmpfs", List.of());
    Path file = Files.createFile(directory.resolve("held"));

    try (FileChannel held = FileChannel.open(file, StandardOpenOption.READ)) {
      assertThatThrownBy(() -> mounts.unmount(directory, true))
          .isInstanceOfSatisfying(
              AttachException.Busy.class,
              busy ->
                  assertThat(busy.holders())
                      .anyMatch(h -> h.startsWith(ProcessHandle.current().pid() + " (")));
      assertThat(held.isOpen()).isTrue();
    }
    assertThat(mounts.at(directory)).isPresent();
  }

  @Test
  void unmount_nothingMounted_doesNothing() throws Exception {
    mounts.unmount(directory, false);

    assertThat(mounts.at(directory)).isEmpty();
  }

  @Test
  void detect_recognisableAndBlankFiles_tellsThemApart() throws Exception {
    FileSystems fileSystems = new FileSystems(runner);
    Path blank = blankFile("blank");
    Path made = blankFile("made");

    fileSystems.make(FileSystemType.EXT4, made, "label", List.of("-F"));

    assertThat(fileSystems.detect(blank)).isEmpty();
    assertThat(fileSystems.detect(made)).contains("ext4");
    assertThatThrownBy(() -> fileSystems.make(FileSystemType.EXT4, made, "label", List.of("-F")))
        .isInstanceOf(AttachException.UnexpectedContent.class)
        .hasMessageContaining("holds ext4");
    assertThatThrownBy(() -> fileSystems.detect(folder.resolve("missing")))
        .isInstanceOf(AttachException.CommandFailed.class);
  }

  @Test
  void make_missingTool_namesThePackage() throws Exception {
    Path blank = blankFile("blank");
    Assumptions.assumeTrue(runner.find("mkfs.btrfs").isEmpty(), "mkfs.btrfs is installed");

    assertThatThrownBy(
            () -> new FileSystems(runner).make(FileSystemType.BTRFS, blank, "x", List.of()))
        .isInstanceOf(AttachException.Unavailable.class)
        .hasMessageContaining("btrfs-progs");
  }

  private Path blankFile(String name) throws IOException {
    return Files.write(folder.resolve(name), new byte[8 << 20]);
  }
}
