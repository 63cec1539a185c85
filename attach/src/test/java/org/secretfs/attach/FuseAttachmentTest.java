package org.secretfs.attach;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;

class FuseAttachmentTest {
  private static final long BACKING_BYTES = 400L << 20;
  private static final int CHUNK = 1 << 20;
  private static final String PATTERN = "plaintext that must never reach the backing file. ";

  private AttachLab lab;

  @BeforeEach
  void createLab() throws IOException {
    lab = AttachLab.create(BACKING_BYTES);
  }

  @AfterEach
  void closeLab() throws Exception {
    if (lab != null) {
      lab.close();
    }
  }

  @ParameterizedTest
  @EnumSource(FileSystemType.class)
  void attach_afterDetach_fileSystemHasItsFiles(FileSystemType type) throws Exception {
    Assumptions.assumeTrue(
        new SystemCommandRunner().find("mkfs." + type.text()).isPresent(),
        () -> "mkfs." + type.text() + " is not installed");
    byte[] content = randomBytes(20 << 20);
    Path device = lab.attach().device();
    lab.fileSystems().make(type, device, "secretfs", List.of());
    mount(device, type);
    Files.write(lab.mountPoint.resolve("file"), content);
    lab.mounts().unmount(lab.mountPoint, false);
    lab.attachment().detach(lab.volume);
    assertThat(lab.leftovers()).isEmpty();
    assertThat(lab.runtime.resolve(lab.volume)).doesNotExist();

    Path again = lab.attach().device();

    assertThat(lab.fileSystems().detect(again)).contains(type.text());
    mount(again, type);
    assertThat(Files.readAllBytes(lab.mountPoint.resolve("file"))).isEqualTo(content);
  }

  @Test
  void attach_writtenPlaintext_isNotInBackingFile() throws Exception {
    byte[] pattern = PATTERN.substring(0, 16).getBytes(StandardCharsets.US_ASCII);
    Path device = mountNewFileSystem().device();
    Files.writeString(lab.mountPoint.resolve("file"), PATTERN.repeat(40_000));
    lab.mounts().unmount(lab.mountPoint, false);

    assertThat(contains(device, pattern)).isTrue();
    takeDown();
    assertThat(contains(lab.backing, pattern)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void attach_sectorSize_isTheLogicalSectorSizeOfTheDevice(int sectorSize) throws Exception {
    Path device = lab.attach(AttachLab.segment(sectorSize)).device();

    Path queue = Path.of("/sys/block").resolve(device.getFileName()).resolve("queue");
    assertThat(Files.readString(queue.resolve("logical_block_size")).strip())
        .isEqualTo(Integer.toString(sectorSize));
    lab.fileSystems().make(FileSystemType.EXT4, device, "secretfs", List.of());
    mount(device, FileSystemType.EXT4);
  }

  @ParameterizedTest
  @ValueSource(ints = {512, 4096})
  void device_randomWritesAtDepth_readBackAsFioWroteThem(int sectorSize) throws Exception {
    Assumptions.assumeTrue(
        new SystemCommandRunner().find("fio").isPresent(), "fio is not installed");
    Path device = lab.attach(AttachLab.segment(sectorSize)).device();

    AttachLab.run(
        "fio",
        "--name=verify",
        "--filename=" + device,
        "--rw=randwrite",
        "--bsrange=" + sectorSize + "-1m",
        "--blockalign=" + sectorSize,
        "--size=64m",
        "--direct=1",
        "--ioengine=libaio",
        "--iodepth=16",
        "--verify=crc32c",
        "--verify_fatal=1",
        "--do_verify=1");
    assertThat(lab.attachment().find(lab.volume).orElseThrow().healthy()).isTrue();
  }

  @Test
  void attach_attachedAlready_throwsBusyAndTheFirstStays() throws Exception {
    AttachedVolume first = lab.attach();

    assertThatThrownBy(lab::attach)
        .isInstanceOf(AttachException.Busy.class)
        .hasMessageContaining(first.device().toString());
    assertThat(lab.attachment().find(lab.volume)).contains(first);
  }

  @Test
  void attach_sameBackingUnderAnotherName_isRefused() throws Exception {
    AttachedVolume first = lab.attach();

    try (SecretBuffer key = AttachLab.key()) {
      AttachRequest other =
          AttachRequest.of(lab.volume + "-2", lab.backing, key, AttachLab.SEGMENT);
      assertThatThrownBy(() -> lab.attachment().attach(other))
          .isInstanceOf(AttachException.Busy.class)
          .hasMessageContaining(lab.backing + " is in use already");
    }
    assertThat(lab.attachment().find(lab.volume)).contains(first);
    assertThat(lab.runtime.resolve(lab.volume + "-2")).doesNotExist();
  }

  @Test
  void attach_readOnly_refusesWrites() throws Exception {
    mountNewFileSystem();
    Files.writeString(lab.mountPoint.resolve("file"), "kept");
    takeDown();

    try (SecretBuffer key = AttachLab.key()) {
      AttachRequest request = AttachRequest.of(lab.volume, lab.backing, key, AttachLab.SEGMENT);
      Path device = lab.attachment().attach(request.asReadOnly()).device();
      lab.mounts().mount(device, lab.mountPoint, "ext4", List.of("ro"));
      assertThat(lab.mountPoint.resolve("file")).hasContent("kept");
      assertThatThrownBy(() -> Files.write(device, new byte[512])).isInstanceOf(IOException.class);
      assertThatThrownBy(
              () -> Files.write(lab.volumeFile(), new byte[512], StandardOpenOption.WRITE))
          .isInstanceOf(IOException.class);
    }
  }

  @Test
  void attach_backingMissing_throwsNotFound() throws Exception {
    Files.delete(lab.backing);

    assertThatThrownBy(lab::attach)
        .isInstanceOf(AttachException.NotFound.class)
        .hasMessageContaining(lab.backing.toString());
  }

  @Test
  void attach_serverRefuses_throwsItsReasonAndLeavesNothing() throws Exception {
    assertThatThrownBy(() -> attachWith(List.of("/bin/echo", "failed: no such cipher")))
        .isInstanceOf(AttachException.ServerDied.class)
        .hasMessageContaining("no such cipher");
    assertNothingLeft();
  }

  @Test
  void attach_serverDiesWhileOpening_throwsItsLogAndLeavesNothing() throws Exception {
    assertThatThrownBy(
            () -> attachWith(AttachLab.javaCommand(VolumeServerMain.class, "die-opening")))
        .isInstanceOf(AttachException.ServerDied.class)
        .hasMessageContaining("about to die");
    assertNothingLeft();
  }

  @Test
  void attach_afterServerWasKilledWithoutLoopUsers_attachesAnew() throws Exception {
    AttachedVolume first = lab.attach();
    AttachLab.kill(first.serverPid().orElseThrow());
    assertThat(lab.attachment().find(lab.volume).orElseThrow().healthy()).isFalse();

    AttachedVolume second = lab.attach();

    assertThat(second.healthy()).isTrue();
    assertThat(second.serverPid()).isNotEqualTo(first.serverPid());
  }

  @Test
  void detach_serverKilledUnderMountedFileSystem_cleansUpAndSyncedDataIsThere() throws Exception {
    AttachedVolume volume = mountNewFileSystem();
    byte[] content = randomBytes(5 << 20);
    writeSynced(lab.mountPoint.resolve("synced"), content);
    AttachLab.kill(volume.serverPid().orElseThrow());
    assertThat(lab.attachment().find(lab.volume).orElseThrow().unhealthyBecause())
        .contains("its server process has ended");

    lab.mounts().unmount(lab.mountPoint, true);
    lab.attachment().detach(lab.volume);

    assertNothingLeft();
    mount(lab.attach().device(), FileSystemType.EXT4);
    assertThat(Files.readAllBytes(lab.mountPoint.resolve("synced"))).isEqualTo(content);
  }

  @Test
  void unmount_deadAndHeldFileSystem_isTakenOutLazily() throws Exception {
    AttachedVolume volume = mountNewFileSystem();
    Path file = Files.writeString(lab.mountPoint.resolve("held"), "held");
    try (FileChannel held = FileChannel.open(file, StandardOpenOption.READ)) {
      assertThatThrownBy(() -> lab.mounts().unmount(lab.mountPoint, true))
          .isInstanceOfSatisfying(
              AttachException.Busy.class,
              busy ->
                  assertThat(busy.holders())
                      .anyMatch(h -> h.startsWith(ProcessHandle.current().pid() + " (")));
      AttachLab.kill(volume.serverPid().orElseThrow());
      lab.mounts().unmount(lab.mountPoint, true);
      assertThat(lab.mounts().at(lab.mountPoint)).isEmpty();
      assertThat(held.isOpen()).isTrue();
    }
    lab.attachment().detach(lab.volume);
    assertNothingLeft();
  }

  @Test
  void detach_fileSystemMounted_throwsBusyAndItStaysUsable() throws Exception {
    mountNewFileSystem();

    assertThatThrownBy(() -> lab.attachment().detach(lab.volume))
        .isInstanceOf(AttachException.Busy.class)
        .hasMessageContaining(lab.mountPoint.toString());

    Files.writeString(lab.mountPoint.resolve("after"), "still here");
    takeDown();
    assertNothingLeft();
  }

  @Test
  void detach_neverAttached_doesNothing() throws Exception {
    lab.attachment().detach(lab.volume);

    assertThat(lab.attachment().find(lab.volume)).isEmpty();
  }

  @Test
  void serverTerminated_underMountedFileSystem_servesUntilUnmounted() throws Exception {
    AttachedVolume volume = mountNewFileSystem();
    ProcessHandle server = ProcessHandle.of(volume.serverPid().orElseThrow()).orElseThrow();

    assertThat(server.destroy()).isTrue();
    Path file = lab.mountPoint.resolve("after");
    writeSynced(file, randomBytes(1 << 20));
    assertThat(server.isAlive()).isTrue();
    takeDown();

    assertNothingLeft();
    mount(lab.attach().device(), FileSystemType.EXT4);
    assertThat(file).hasSize(1 << 20);
  }

  @Test
  void starterKilled_afterAttach_volumeIsFoundAndWorks() throws Exception {
    Process starter =
        new ProcessBuilder(
                AttachLab.javaCommand(
                    StarterMain.class, lab.runtime.toString(), lab.volume, lab.backing.toString()))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedReader said = starter.inputReader(StandardCharsets.UTF_8)) {
      assertThat(said.readLine()).isEqualTo("attached");
    } finally {
      AttachLab.kill(starter.pid());
    }

    AttachedVolume found = lab.attachment().find(lab.volume).orElseThrow();

    assertThat(found.unhealthyBecause()).isEmpty();
    lab.fileSystems().make(FileSystemType.EXT4, found.device(), "secretfs", List.of());
    mount(found.device(), FileSystemType.EXT4);
    takeDown();
    assertNothingLeft();
  }

  @Test
  void runtimeDirectory_whileAttached_holdsNoKey() throws Exception {
    lab.attach();
    byte[] half = Arrays.copyOf(AttachLab.keyBytes(), 16);

    try (var files = Files.list(lab.runtime.resolve(lab.volume))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        assertThat(contains(file, half)).as(file.toString()).isFalse();
      }
    }
    assertThat(Files.getPosixFilePermissions(lab.runtime.resolve(lab.volume)))
        .hasToString("[OWNER_READ, OWNER_WRITE, OWNER_EXECUTE]");
  }

  private AttachedVolume attachWith(List<String> serverCommand) throws AttachException {
    try (SecretBuffer key = AttachLab.key()) {
      return new FuseAttachment(new SystemCommandRunner(), lab.runtime, serverCommand)
          .attach(AttachRequest.of(lab.volume, lab.backing, key, AttachLab.SEGMENT));
    }
  }

  private AttachedVolume mountNewFileSystem() throws AttachException {
    AttachedVolume volume = lab.attach();
    lab.fileSystems().make(FileSystemType.EXT4, volume.device(), "secretfs", List.of());
    mount(volume.device(), FileSystemType.EXT4);
    return volume;
  }

  private void mount(Path device, FileSystemType type) throws AttachException {
    lab.mounts().mount(device, lab.mountPoint, type.text(), List.of());
  }

  private void takeDown() throws AttachException {
    lab.mounts().unmount(lab.mountPoint, false);
    lab.attachment().detach(lab.volume);
  }

  private void assertNothingLeft() throws Exception {
    assertThat(lab.leftovers()).isEmpty();
    assertThat(lab.runtime.resolve(lab.volume)).doesNotExist();
    assertThat(lab.attachment().find(lab.volume)).isEmpty();
  }

  private static void writeSynced(Path file, byte[] content) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(content));
      channel.force(true);
    }
  }

  private static byte[] randomBytes(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(42).nextBytes(bytes);
    return bytes;
  }

  private static boolean contains(Path file, byte[] wanted) throws IOException {
    String text = new String(wanted, StandardCharsets.ISO_8859_1);
    try (InputStream in = Files.newInputStream(file)) {
      String before = "";
      for (byte[] part = in.readNBytes(CHUNK); part.length > 0; part = in.readNBytes(CHUNK)) {
        String chunk = before + new String(part, StandardCharsets.ISO_8859_1);
        if (chunk.contains(text)) {
          return true;
        }
        before = chunk.substring(Math.max(0, chunk.length() - text.length()));
      }
      return false;
    }
  }
}
