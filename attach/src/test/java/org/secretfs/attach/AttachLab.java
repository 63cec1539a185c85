package org.secretfs.attach;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;

/**
 * A folder with a backing file, a runtime directory and a mount point, and a volume name that no
 * other run uses. Closing it takes away every mount, loop device and server below the folder,
 * whatever the test left.
 */
final class AttachLab implements AutoCloseable {
  static final int OFFSET_BYTES = 1 << 20;
  static final CryptSegment SEGMENT = segment(512);

  private static final CommandRunner RUNNER = new SystemCommandRunner();

  final Path folder;
  final Path backing;
  final Path runtime;
  final Path mountPoint;
  final String volume = "t-" + UUID.randomUUID();

  private AttachLab(Path folder) throws IOException {
    this.folder = folder;
    this.backing = folder.resolve("backing.img");
    this.runtime = folder.resolve("run");
    this.mountPoint = Files.createDirectory(folder.resolve("mnt"));
  }

  /** Makes one, or skips the test where this machine has no FUSE or no loop devices. */
  static AttachLab create(long backingBytes) throws IOException {
    var reason = attachment(Path.of("/nowhere")).unavailableBecause();
    Assumptions.assumeTrue(reason.isEmpty(), () -> "no FUSE attachment here: " + reason.get());
    AttachLab lab = new AttachLab(Files.createTempDirectory("secretfs-attach"));
    try (RandomAccessFile file = new RandomAccessFile(lab.backing.toFile(), "rw")) {
      file.setLength(backingBytes);
    }
    return lab;
  }

  static CryptSegment segment(int sectorSize) {
    return new CryptSegment(
        OFFSET_BYTES, OptionalLong.empty(), CryptSegment.AES_XTS_PLAIN64, sectorSize, 0);
  }

  /** Always the same key, so that a later attachment finds the earlier one's data. */
  static SecretBuffer key() {
    return SecretBuffer.takeFrom(keyBytes());
  }

  static byte[] keyBytes() {
    byte[] bytes = new byte[64];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (31 * i + 7);
    }
    return bytes;
  }

  static FuseAttachment attachment(Path runtime, String... serverArguments) {
    return new FuseAttachment(
        RUNNER, runtime, javaCommand(VolumeServerMain.class, serverArguments));
  }

  static List<String> javaCommand(Class<?> main, String... arguments) {
    String classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    List<String> words = new ArrayList<>();
    words.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    words.addAll(List.of("-Xmx64m", "-Xss512k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4"));
    words.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp", classPath, main.getName()));
    words.addAll(List.of(arguments));
    return words;
  }

  FuseAttachment attachment() {
    return attachment(runtime);
  }

  AttachedVolume attach() throws AttachException {
    return attach(SEGMENT);
  }

  AttachedVolume attach(CryptSegment segment) throws AttachException {
    try (SecretBuffer key = key()) {
      return attachment().attach(AttachRequest.of(volume, backing, key, segment));
    }
  }

  Mounts mounts() {
    return new Mounts(RUNNER);
  }

  FileSystems fileSystems() {
    return new FileSystems(RUNNER);
  }

  static void run(String tool, String... arguments) throws AttachException {
    RUNNER.require(Command.of(tool, arguments));
  }

  static void kill(long pid) {
    ProcessHandle.of(pid).ifPresent(ProcessHandle::destroyForcibly);
    if (!Waiting.until(Duration.ofSeconds(10), () -> ProcessIdentity.ofLive(pid).isEmpty())) {
      throw new AssertionError("process %d survived SIGKILL".formatted(pid));
    }
  }

  /** Everything below the folder that the system still knows: mounts and loop devices. */
  List<String> leftovers() {
    List<String> found = new ArrayList<>();
    for (MountEntry entry : mounts().all()) {
      if (entry.mountPoint().startsWith(folder)) {
        found.add(entry.toString());
      }
    }
    new LoopDevices(RUNNER).of(volumeFile()).forEach(device -> found.add(device.toString()));
    return found;
  }

  Path volumeFile() {
    return RuntimeDirectory.at(runtime.resolve(volume)).volumeFile();
  }

  @Override
  public void close() throws IOException, AttachException {
    RuntimeDirectory.at(runtime.resolve(volume)).server().ifPresent(s -> s.signal(true));
    for (MountEntry entry : mounts().all().reversed()) {
      if (entry.mountPoint().startsWith(folder) && !entry.isFuse()) {
        RUNNER.run(Command.of("umount", "-l", entry.mountPoint().toString()));
      }
    }
    for (Path device : new LoopDevices(RUNNER).of(volumeFile())) {
      RUNNER.run(Command.of("losetup", "-d", device.toString()));
    }
    for (MountEntry entry : mounts().all().reversed()) {
      if (entry.mountPoint().startsWith(folder)) {
        RUNNER.run(Command.of("umount", "-l", entry.mountPoint().toString()));
      }
    }
    deleteFolder();
  }

  private void deleteFolder() throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(path);
      }
    }
  }
}
