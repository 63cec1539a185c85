package org.secretfs.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.block.FaultyBlockDevice;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.TestServer;
import org.secretfs.nbd.Tools;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.protocol.NbdException;
import org.secretfs.nbd.server.NbdServer;
import org.secretfs.nbd.server.ServerConfig;
import org.secretfs.nbd.server.ServerListener;
import org.secretfs.nbd.socket.Endpoint;
import org.secretfs.nbd.socket.SocketStream;

/** The client against our server and the servers of others. */
class NbdBlockDeviceTest {
  private static final int SIZE_BYTES = 8 << 20;

  @TempDir private Path folder;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stop() throws InterruptedException {
    for (Process process : processes) {
      process.destroyForcibly().waitFor();
    }
  }

  private Endpoint socket() {
    return new Endpoint.Unix(folder.resolve("s"));
  }

  /** Starts a server of others at the socket and waits until it listens. */
  private Process start(Object... command) throws IOException, InterruptedException {
    Tools.require(command[0].toString());
    List<String> words = java.util.stream.Stream.of(command).map(Object::toString).toList();
    Process process =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("log").toFile())
            .start();
    processes.add(process);
    long deadline = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!listens()) {
      if (!process.isAlive() || System.nanoTime() > deadline) {
        throw new AssertionError(Files.readString(folder.resolve("log")));
      }
      Thread.sleep(10);
    }
    return process;
  }

  private boolean listens() {
    try (SocketStream _ = SocketStream.connect(socket())) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private Path image() throws IOException {
    Path image = folder.resolve("image");
    try (var channel =
        java.nio.channels.FileChannel.open(
            image,
            java.nio.file.StandardOpenOption.CREATE,
            java.nio.file.StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.allocate(1), SIZE_BYTES - 1);
    }
    return image;
  }

  private static ByteBuffer noise(int length, long seed, boolean direct) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    ByteBuffer buffer =
        direct ? ByteBuffer.allocateDirect(length) : ByteBuffer.allocate(length + 7);
    if (!direct) {
      buffer = buffer.slice(7, length);
    }
    return buffer.put(bytes).flip();
  }

  /** Everything that a device does, against any server. */
  private static void exercise(NbdBlockDevice device) throws IOException {
    for (boolean direct : new boolean[] {false, true}) {
      ByteBuffer content = noise(3 << 20, direct ? 1 : 2, direct);
      device.write(content.duplicate(), 4096);
      ByteBuffer back = direct ? ByteBuffer.allocateDirect(3 << 20) : ByteBuffer.allocate(3 << 20);
      device.read(back, 4096);
      assertThat(back.flip()).isEqualTo(content);
    }
    device.flush();
    device.writeZeroes(8192, 1 << 20);
    ByteBuffer zeroes = ByteBuffer.allocate(1 << 20);
    device.read(zeroes, 8192);
    assertThat(zeroes.flip()).isEqualTo(ByteBuffer.allocate(1 << 20));
    device.writeDurably(noise(512, 3, false), 0);
    device.zeroOrPunch(2 << 20, 1 << 20);
    device.trim(4 << 20, 1 << 20);
    long[] covered = new long[1];
    device.extents(
        0,
        device.sizeBytes(),
        (length, _, _) -> {
          covered[0] += length;
          return true;
        });
    assertThat(covered[0]).isEqualTo(device.sizeBytes());
    device.read(ByteBuffer.allocate(512), device.sizeBytes() - 512);
    assertThatThrownBy(() -> device.read(ByteBuffer.allocate(512), device.sizeBytes() - 511))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void everything_ourServer_works() throws IOException {
    try (TestServer server = TestServer.of(new InMemoryBlockDevice(SIZE_BYTES));
        NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(server.endpoint(), ""))) {
      exercise(device);
    }
  }

  @Test
  void everything_overTcp_works() throws IOException {
    ServerConfig config = ServerConfig.plain(new Endpoint.Tcp("127.0.0.1", 0));
    TestExports exports = TestExports.of("disk", new InMemoryBlockDevice(SIZE_BYTES));
    try (NbdServer server = NbdServer.start(config, exports, ServerListener.NONE);
        NbdBlockDevice device =
            NbdBlockDevice.open(NbdTarget.of(server.endpoints().getFirst(), "disk"))) {
      exercise(device);
    }
  }

  @Test
  void everything_nbdkit_works() throws Exception {
    start("nbdkit", "-f", "-U", folder.resolve("s"), "file", image());
    try (NbdBlockDevice device =
        NbdBlockDevice.open(NbdTarget.of(socket(), "").withConnections(4))) {
      assertThat(device.connectionCount()).isEqualTo(4);
      exercise(device);
    }
  }

  @Test
  void everything_nbdkitWithoutStructuredReplies_works() throws Exception {
    start("nbdkit", "-f", "--no-sr", "-U", folder.resolve("s"), "file", image());
    try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(socket(), ""))) {
      exercise(device);
    }
  }

  @Test
  void everything_qemuNbd_works() throws Exception {
    start("qemu-nbd", "-f", "raw", "-t", "-x", "disk", "-k", folder.resolve("s"), image());
    try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(socket(), "disk"))) {
      exercise(device);
    }
    assertThatThrownBy(() -> NbdBlockDevice.open(NbdTarget.of(socket(), "other")))
        .isInstanceOf(ExportUnavailableException.class);
  }

  @Test
  void open_oldstyleServer_isRefused() throws Exception {
    start("nbdkit", "-f", "-o", "-U", folder.resolve("s"), "memory", "1M");
    assertThatThrownBy(() -> NbdBlockDevice.open(NbdTarget.of(socket(), "")))
        .hasMessageContaining("oldstyle");
  }

  @Test
  void requests_manyThreads_eachGetTheirOwn() throws Exception {
    try (TestServer server = TestServer.of(new InMemoryBlockDevice(SIZE_BYTES));
        NbdBlockDevice device =
            NbdBlockDevice.open(NbdTarget.of(server.endpoint(), "").withConnections(3));
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        int part = i;
        all.add(
            threads.submit(() -> {
              for (int round = 0; round < 100; round++) {
                ByteBuffer content = noise(9000, part * 1000L + round, false);
                device.write(content.duplicate(), (long) part << 20);
                ByteBuffer back = ByteBuffer.allocate(9000);
                device.read(back, (long) part << 20);
                assertThat(back.flip()).isEqualTo(content);
              }
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
    }
  }

  @Test
  void write_readOnlyServer_isPermissionError() throws IOException {
    TestExports exports =
        new TestExports().add("", new InMemoryBlockDevice(SIZE_BYTES), t -> t.readOnlyToo());
    try (TestServer server = new TestServer(exports);
        NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(server.endpoint(), ""))) {
      assertThat(device.isReadOnly()).isTrue();
      assertThatThrownBy(() -> device.write(ByteBuffer.allocate(512), 0))
          .isInstanceOfSatisfying(
              NbdException.class, e -> assertThat(e.error()).isEqualTo(NbdError.EPERM));
    }
  }

  @Test
  void write_serverFailsOnce_isItsErrorAndTheConnectionGoesOn() throws IOException {
    FaultyBlockDevice faulty = new FaultyBlockDevice(new byte[SIZE_BYTES]).failAfter(1);
    try (TestServer server = TestServer.of(faulty);
        NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(server.endpoint(), ""))) {
      device.write(ByteBuffer.allocate(512), 0);
      assertThatThrownBy(() -> device.write(ByteBuffer.allocate(512), 0))
          .isInstanceOf(NbdException.class);
      device.read(ByteBuffer.allocate(512), 0);
    }
  }

  @Test
  void read_nbdkitErrorFilter_isIoErrorThatPasses() throws Exception {
    Path flag = folder.resolve("fail");
    start(
        "nbdkit",
        "-f",
        "-U",
        folder.resolve("s"),
        "--filter=error",
        "memory",
        "8M",
        "error-pread=EIO",
        "error-pread-rate=100%",
        "error-pread-file=" + flag);
    try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(socket(), ""))) {
      device.read(ByteBuffer.allocate(4096), 0);
      Files.createFile(flag);
      assertThatThrownBy(() -> device.read(ByteBuffer.allocate(4096), 0))
          .isInstanceOfSatisfying(
              NbdException.class, e -> assertThat(e.error()).isEqualTo(NbdError.EIO));
      Files.delete(flag);
      device.read(ByteBuffer.allocate(4096), 0);
    }
  }

  @Test
  void read_nbdkitDelayFilter_waits() throws Exception {
    start(
        "nbdkit",
        "-f",
        "-U",
        folder.resolve("s"),
        "--filter=delay",
        "memory",
        "8M",
        "rdelay=200ms");
    try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(socket(), ""));
        ExecutorService threads = Executors.newFixedThreadPool(8)) {
      long begin = System.nanoTime();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        all.add(
            threads.submit(() -> {
              device.read(ByteBuffer.allocate(4096), 0);
              return null;
            }));
      }
      for (Future<?> one : all) {
        one.get();
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin))
          .isGreaterThanOrEqualTo(Duration.ofMillis(200));
    }
  }

  @Test
  void read_serverSilent_failsAfterItsPatience() throws Exception {
    start("nbdkit", "-f", "-U", folder.resolve("s"), "--filter=delay", "memory", "8M", "rdelay=30");
    NbdTarget target =
        NbdTarget.of(socket(), "").withPatience(Duration.ofMillis(300), Duration.ofMillis(400));
    try (NbdBlockDevice device = NbdBlockDevice.open(target)) {
      assertThatThrownBy(() -> device.read(ByteBuffer.allocate(4096), 0))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("nothing moved");
    }
  }

  @Test
  void requests_serverKilledAndRestarted_goOn() throws Exception {
    Path image = image();
    Process first = start("nbdkit", "-f", "-U", folder.resolve("s"), "file", image);
    try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(socket(), ""))) {
      ByteBuffer content = noise(65536, 5, false);
      device.write(content.duplicate(), 0);
      device.flush();
      first.destroyForcibly().waitFor();
      Files.delete(folder.resolve("s"));
      start("nbdkit", "-f", "-U", folder.resolve("s"), "file", image);
      ByteBuffer back = ByteBuffer.allocate(65536);
      device.read(back, 0);
      assertThat(back.flip()).isEqualTo(content);
      device.flush();
    }
  }

  @Test
  void flush_connectionLostWithUnflushedWrites_failsUntilOpenedAnew() throws Exception {
    Path image = image();
    Process first = start("nbdkit", "-f", "-U", folder.resolve("s"), "file", image);
    try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(socket(), ""));
        NbdBlockDevice trusting =
            NbdBlockDevice.open(
                NbdTarget.of(socket(), "").with(NbdTarget.LostWrites.TRUST_SERVER))) {
      device.write(noise(512, 1, false), 0);
      trusting.write(noise(512, 1, false), 512);
      first.destroyForcibly().waitFor();
      Files.delete(folder.resolve("s"));
      start("nbdkit", "-f", "-U", folder.resolve("s"), "file", image);
      assertThatThrownBy(device::flush).hasMessageContaining("may be gone");
      assertThatThrownBy(device::flush).hasMessageContaining("may be gone");
      trusting.flush();
      try (NbdBlockDevice anew = NbdBlockDevice.open(NbdTarget.of(socket(), ""))) {
        anew.flush();
      }
    }
  }

  @Test
  void requests_serverGone_failAfterThePatience() throws Exception {
    Process server = start("nbdkit", "-f", "-U", folder.resolve("s"), "memory", "8M");
    NbdTarget target =
        NbdTarget.of(socket(), "").withPatience(Duration.ofSeconds(5), Duration.ofMillis(200));
    try (NbdBlockDevice device = NbdBlockDevice.open(target)) {
      server.destroyForcibly().waitFor();
      assertThatThrownBy(() -> device.write(ByteBuffer.allocate(512), 0))
          .isInstanceOf(IOException.class);
    }
  }

  /** What is done one by one on a dead server waits for it once, not once for each. */
  @Test
  void requests_serverGoneForLongerThanThePatience_failWithoutWaitingAgain() throws Exception {
    Process server = start("nbdkit", "-f", "-U", folder.resolve("s"), "memory", "8M");
    Duration patience = Duration.ofMillis(600);
    NbdTarget target = NbdTarget.of(socket(), "").withPatience(Duration.ofSeconds(5), patience);
    try (NbdBlockDevice device = NbdBlockDevice.open(target)) {
      server.destroyForcibly().waitFor();
      assertThatThrownBy(() -> device.read(ByteBuffer.allocate(512), 0))
          .isInstanceOf(IOException.class);
      long begin = System.nanoTime();
      for (int i = 0; i < 20; i++) {
        assertThatThrownBy(() -> device.read(ByteBuffer.allocate(512), 0))
            .isInstanceOf(IOException.class);
      }
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(patience.multipliedBy(10));
      Files.delete(folder.resolve("s"));
      start("nbdkit", "-f", "-U", folder.resolve("s"), "memory", "8M");
      device.read(ByteBuffer.allocate(512), 0);
    }
  }

  /** A listener whose queue is full answers nobody, as a host behind a silent firewall. */
  @Test
  void connect_nobodyAccepts_failsAfterItsTime() throws Exception {
    try (ServerSocket silent = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Endpoint full = new Endpoint.Tcp("127.0.0.1", silent.getLocalPort());
      List<SocketStream> waiting = new ArrayList<>();
      try {
        assertThatThrownBy(
                () -> {
                  while (waiting.size() < 8) {
                    waiting.add(SocketStream.connect(full, Duration.ofMillis(300)));
                  }
                })
            .isInstanceOf(SocketTimeoutException.class)
            .hasMessageContaining("no answer within 300 ms");
      } finally {
        waiting.forEach(SocketStream::close);
      }
    }
  }

  @Test
  void reconnect_exportOfOtherSize_isRefused() throws Exception {
    Process first = start("nbdkit", "-f", "-U", folder.resolve("s"), "memory", "8M");
    try (NbdBlockDevice device = NbdBlockDevice.open(NbdTarget.of(socket(), ""))) {
      first.destroyForcibly().waitFor();
      Files.delete(folder.resolve("s"));
      start("nbdkit", "-f", "-U", folder.resolve("s"), "memory", "9M");
      assertThatThrownBy(() -> device.read(ByteBuffer.allocate(512), 0))
          .isInstanceOf(ExportUnavailableException.class)
          .hasMessageContaining("not what it was");
    }
  }
}
