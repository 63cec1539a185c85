package org.secretfs.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.secretfs.block.FileBlockDevice.Caching;

/** Files through system calls of our own, against what Java reads and writes. */
class FileBlockDeviceTest {
  private static final int SIZE_BYTES = 1 << 20;

  @TempDir Path folder;

  private Path image(int sizeBytes, long seed) throws IOException {
    byte[] content = new byte[sizeBytes];
    new SplittableRandom(seed).nextBytes(content);
    return Files.write(folder.resolve("image"), content);
  }

  private static FileBlockDevice openOrSkip(Path image, Caching caching) {
    try {
      return FileBlockDevice.open(image, caching);
    } catch (IOException e) {
      return Assumptions.abort("this file system has no O_DIRECT: " + e.getMessage());
    }
  }

  @ParameterizedTest
  @EnumSource
  void readAndWrite_anyAlignmentAndBuffer_agreeWithTheFile(Caching caching) throws Exception {
    Path image = image(SIZE_BYTES, 1);
    byte[] model = Files.readAllBytes(image);
    SplittableRandom random = new SplittableRandom(2);
    BufferPool pool = new BufferPool(SIZE_BYTES, 1);
    try (FileBlockDevice device = openOrSkip(image, caching)) {
      for (int i = 0; i < 300; i++) {
        boolean aligned = i % 3 == 0;
        int unit = aligned ? 4096 : 1;
        int offset = random.nextInt(SIZE_BYTES / unit) * unit;
        int length = random.nextInt((SIZE_BYTES - offset) / unit + 1) * unit;
        byte[] data = new byte[length];
        random.nextBytes(data);
        ByteBuffer source = i % 5 == 1 ? ByteBuffer.allocate(length) : pool.take(length);
        device.write(source.put(data).flip(), offset);
        assertThat(source.hasRemaining()).isFalse();
        System.arraycopy(data, 0, model, offset, length);
        ByteBuffer target = source.clear().limit(length).put(new byte[length]).flip();
        device.read(target, offset);
        assertThat(target.flip()).isEqualTo(ByteBuffer.wrap(data));
      }
      device.flush();
    }
    assertThat(Files.readAllBytes(image)).isEqualTo(model);
  }

  @Test
  void writeDurably_anyBuffer_arrives() throws Exception {
    Path image = image(SIZE_BYTES, 3);
    try (FileBlockDevice device = FileBlockDevice.open(image)) {
      device.writeDurably(ByteBuffer.allocateDirect(5000), 77);
      device.writeDurably(ByteBuffer.allocate(300_000), 400_000);
    }
    byte[] content = Files.readAllBytes(image);
    assertThat(content[76]).isEqualTo(content(3)[76]);
    assertThat(java.util.Arrays.copyOfRange(content, 77, 5077)).containsOnly(0);
    assertThat(java.util.Arrays.copyOfRange(content, 400_000, 700_000)).containsOnly(0);
    assertThat(content[700_000]).isEqualTo(content(3)[700_000]);
  }

  private static byte[] content(long seed) {
    byte[] content = new byte[SIZE_BYTES];
    new SplittableRandom(seed).nextBytes(content);
    return content;
  }

  @Test
  void zeroesAndTrim_unaligned_readAsZeroesAndTouchNothingElse() throws Exception {
    Path image = image(SIZE_BYTES, 4);
    byte[] model = content(4);
    try (FileBlockDevice device = FileBlockDevice.open(image)) {
      device.writeZeroes(1000, 100_000);
      device.zeroOrPunch(300_001, 100_000);
      java.util.Arrays.fill(model, 1000, 101_000, (byte) 0);
      java.util.Arrays.fill(model, 300_001, 400_001, (byte) 0);
      assertThat(Files.readAllBytes(image)).isEqualTo(model);
      device.trim(500_000, 8192);
      device.trim(SIZE_BYTES, 0);
    }
    assertThat(Files.size(image)).isEqualTo(SIZE_BYTES);
    assertThat(java.util.Arrays.copyOf(Files.readAllBytes(image), 500_000))
        .isEqualTo(java.util.Arrays.copyOf(model, 500_000));
  }

  @Test
  void trim_wholeBlocks_giveTheirRoomBack() throws Exception {
    Path image = image(SIZE_BYTES, 5);
    try (FileBlockDevice device = FileBlockDevice.open(image)) {
      Assumptions.assumeTrue(device.zeroesFast(), "this file system punches no holes");
      device.trim(65_536, 65_536);
      assertThat(extents(device)).containsExactly("65536 data", "65536 hole", "917504 data");
    }
  }

  private static List<String> extents(BlockDevice device) throws IOException {
    List<String> found = new ArrayList<>();
    device.extents(
        0,
        device.sizeBytes(),
        (length, hole, zero) -> {
          assertThat(zero).isEqualTo(hole);
          return found.add(length + (hole ? " hole" : " data"));
        });
    return found;
  }

  @Test
  void extents_listenerHasEnough_end() throws Exception {
    List<Long> heard = new ArrayList<>();
    try (FileBlockDevice device = FileBlockDevice.open(image(SIZE_BYTES, 5))) {
      device.zeroOrPunch(65_536, 65_536);
      device.extents(
          0,
          SIZE_BYTES,
          (length, _, _) -> {
            heard.add(length);
            return false;
          });
    }
    assertThat(heard).hasSize(1);
  }

  @Test
  void sizeBytes_fileGrowsAndShrinks_isSeen() throws Exception {
    Path image = image(8192, 6);
    try (FileBlockDevice device = FileBlockDevice.open(image);
        RandomAccessFile other = new RandomAccessFile(image.toFile(), "rw")) {
      other.setLength(1 << 20);
      device.write(ByteBuffer.allocateDirect(4096), 500_000);
      assertThat(device.sizeBytes()).isEqualTo(1 << 20);
      other.setLength(4096);
      assertThatThrownBy(() -> device.read(ByteBuffer.allocateDirect(4096), 4096))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("truncated");
      assertThat(device.sizeBytes()).isEqualTo(4096);
      assertThatThrownBy(() -> device.read(ByteBuffer.allocateDirect(4096), 4096))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void request_closedOrReadOnlyOrMissing_saysSo() throws Exception {
    Path image = image(8192, 7);
    FileBlockDevice device = FileBlockDevice.open(image);
    device.close();
    device.close();
    assertThatThrownBy(device::flush)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("was closed");
    try (FileBlockDevice readOnly = FileBlockDevice.openReadOnly(image)) {
      assertThatThrownBy(() -> readOnly.write(ByteBuffer.allocateDirect(512), 0))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("Bad file descriptor");
      assertThat(readOnly.zeroesFast()).isFalse();
    }
    assertThatThrownBy(() -> FileBlockDevice.open(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    assertThatThrownBy(() -> FileBlockDevice.open(folder))
        .hasMessageContaining("neither a regular file nor a block device");
  }

  @Test
  void write_interruptedThread_doesNotCloseTheFile() throws Exception {
    try (FileBlockDevice device = FileBlockDevice.open(image(8192, 8))) {
      Thread.currentThread().interrupt();
      device.write(ByteBuffer.allocateDirect(512), 0);
      assertThat(Thread.interrupted()).isTrue();
      device.write(ByteBuffer.allocateDirect(512), 0);
    }
  }

  /** A kernel device over a file, in which it can be seen what reached the disk. */
  private record LoopDevice(Path path) implements AutoCloseable {
    static LoopDevice over(Path image) throws Exception {
      Assumptions.assumeTrue(
          Files.isWritable(Path.of("/dev/loop-control")), "no loop devices for this user");
      return new LoopDevice(
          Path.of(run("losetup", "--find", "--show", "--direct-io=on", image.toString()).strip()));
    }

    private static String run(String... words) throws Exception {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor()).as(said).isZero();
      return said;
    }

    @Override
    public void close() throws IOException {
      try {
        run("losetup", "-d", path.toString());
      } catch (Exception e) {
        throw new IOException(e);
      }
    }
  }

  private static long allocatedBytes(Path file) throws Exception {
    return Long.parseLong(LoopDevice.run("stat", "-c", "%b", file.toString()).strip()) * 512;
  }

  @Test
  void trim_kernelDevice_discardsWholeUnitsWithinTheRange() throws Exception {
    Path image = image(SIZE_BYTES, 9);
    try (LoopDevice loop = LoopDevice.over(image);
        FileBlockDevice device = FileBlockDevice.open(loop.path())) {
      assertThat(device.isKernelDevice()).isTrue();
      long before = allocatedBytes(image);
      device.trim(100, 4096); // no whole unit
      assertThat(allocatedBytes(image)).isEqualTo(before);
      device.trim(4000, 128 << 10);
      device.flush();
      long freed = before - allocatedBytes(image);
      assertThat(freed).isEqualTo((128 << 10) - 4096);
    }
    byte[] content = Files.readAllBytes(image);
    assertThat(Arrays.equals(content, 0, 4096, content(9), 0, 4096)).isTrue();
    int end = (4000 + (128 << 10)) / 4096 * 4096;
    assertThat(Arrays.equals(content, end, SIZE_BYTES, content(9), end, SIZE_BYTES)).isTrue();
  }

  @Test
  void writeZeroes_kernelDevice_readAsZeroesAndStayAllocated() throws Exception {
    Path image = image(SIZE_BYTES, 10);
    try (LoopDevice loop = LoopDevice.over(image);
        FileBlockDevice device = FileBlockDevice.open(loop.path())) {
      long before = allocatedBytes(image);
      device.writeZeroes(8192, 256 << 10);
      device.writeZeroes(700_001, 1000); // in no sectors: written
      device.zeroOrPunch(600_064, 512);
      device.flush();
      assertThat(allocatedBytes(image)).isEqualTo(before);
    }
    byte[] content = Files.readAllBytes(image);
    byte[] model = content(10);
    Arrays.fill(model, 8192, 8192 + (256 << 10), (byte) 0);
    Arrays.fill(model, 700_001, 701_001, (byte) 0);
    Arrays.fill(model, 600_064, 600_064 + 512, (byte) 0);
    assertThat(content).isEqualTo(model);
  }

  @Test
  void open_cachingDirect_asksTheKernelForIt() throws Exception {
    Path image = image(SIZE_BYTES, 11);
    try (FileBlockDevice _ = openOrSkip(image, Caching.DIRECT)) {
      assertThat(openFlags(image)).anyMatch(flags -> (flags & 0x4000) != 0);
    }
    try (FileBlockDevice _ = FileBlockDevice.open(image, Caching.PAGE_CACHE)) {
      assertThat(openFlags(image)).isNotEmpty().noneMatch(flags -> (flags & 0x4000) != 0);
    }
  }

  /** As this process has the file open. */
  private static List<Integer> openFlags(Path file) throws IOException {
    List<Integer> flags = new ArrayList<>();
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      for (Path link : open.toList()) {
        if (Files.isSymbolicLink(link) && Files.readSymbolicLink(link).equals(file)) {
          String info = Files.readString(Path.of("/proc/self/fdinfo").resolve(link.getFileName()));
          String octal = info.lines().filter(l -> l.startsWith("flags:")).findFirst().orElseThrow();
          flags.add(Integer.parseInt(octal.substring(6).strip(), 8));
        }
      }
    }
    return flags;
  }
}
