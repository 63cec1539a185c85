package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.TestServer;
import org.secretfs.nbd.client.NbdBlockDevice;
import org.secretfs.nbd.client.NbdTarget;
import org.secretfs.nbd.socket.Endpoint;

/** Clients that mean harm: the server stays within its bounds, and serves the others. */
class HostileClientTest {
  private static final int SIZE_BYTES = 4 << 20;
  private static final int NEGOTIATIONS = 16;
  private static final ServerConfig.Limits LIMITS =
      new ServerConfig.Limits(8, 8, NEGOTIATIONS, Duration.ofSeconds(2), 4, 8);

  private final InMemoryBlockDevice disk = new InMemoryBlockDevice(SIZE_BYTES);
  private TestServer server;

  @BeforeEach
  void serve() throws IOException {
    server = new TestServer(TestExports.of("", disk), LIMITS);
  }

  @AfterEach
  void end() throws IOException {
    assertServes();
    server.close();
    assertThat(server.exports.held.get()).as("exports still held").isZero();
  }

  private void assertServes() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "")) {
      client.request(0, RawClient.READ, 1, 0, 512);
      assertThat(client.reply(512).error()).isZero();
    }
  }

  private static void await(BooleanSupplier condition) {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("waited for 10 s").isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Test
  void exportName_closedAtOnce_harmsNobody() throws IOException {
    for (int i = 0; i < 50; i++) {
      try (RawClient client = new RawClient(server.socket)) {
        client.send(
            ByteBuffer.allocate(20)
                .putInt(3)
                .putLong(RawClient.OPTION_MAGIC)
                .putInt(RawClient.EXPORT_NAME)
                .putInt(0));
      }
    }
  }

  @Test
  void write_disconnectedInTheMiddle_changesNothingElse() throws IOException {
    for (int sent : new int[] {0, 1, 4096, 300_000}) {
      byte[] payload = new byte[sent];
      Arrays.fill(payload, (byte) 0x55);
      try (RawClient client = RawClient.simple(server.socket, "")) {
        client.request(0, RawClient.WRITE, 1, 1 << 20, 1 << 20, payload);
      }
    }
    await(() -> server.server.connections() == 0);
    for (int elsewhere : new int[] {0, 2 << 20}) {
      ByteBuffer rest = ByteBuffer.allocate(1 << 20);
      disk.read(rest, elsewhere);
      assertThat(rest.flip()).isEqualTo(ByteBuffer.allocate(1 << 20));
    }
  }

  /** More of them than the memory for requests that are held whole would outlast. */
  @Test
  void write_disconnectedWhileItIsHeldWhole_givesItsMemoryBack() throws Exception {
    TraitsDevice slow = new TraitsDevice(4 << 20);
    slow.delay(Duration.ofMillis(5));
    try (TestServer slowly = TestServer.of(slow)) {
      for (int i = 0; i < 10; i++) {
        try (RawClient client = RawClient.simple(slowly.socket, "")) {
          for (int warm = 0; warm < 2; warm++) {
            client.request(0, RawClient.WRITE, warm, 0, 2 << 20, new byte[2 << 20]);
            assertThat(client.reply(0).error()).isZero();
          }
          client.request(0, RawClient.WRITE, 9, 0, 2 << 20, new byte[300_000]);
        }
      }
      await(() -> slowly.server.connections() == 0);
      assertThat(slowly.server.largeBuffers("").available()).isEqualTo(64);
    }
  }

  @Test
  void request_wrongMagic_isCutOff() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "")) {
      client.send(ByteBuffer.allocate(28).putInt(0x12560953));
      ByteBuffer rest = ByteBuffer.allocate(24);
      client.send(rest.position(24));
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void write_payloadOfGigabytes_isCutOffWithoutReadingIt() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "")) {
      client.request(0, RawClient.WRITE, 1, 0, 0xFFFF_FFFFL);
      assertThat(client.isClosed()).isTrue();
    }
    try (RawClient client = RawClient.extended(server.socket, "")) {
      client.request(RawClient.PAYLOAD, RawClient.WRITE, 1, 0, Long.MIN_VALUE);
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void read_wholeAddressSpace_isAnErrorNotMemory() throws IOException {
    try (RawClient client = RawClient.extended(server.socket, "")) {
      client.request(0, RawClient.READ, 1, 0, Long.MAX_VALUE);
      assertThat(client.error()).isEqualTo(22);
    }
  }

  @Test
  void connections_thousandsHalfOpen_giveWayToARealOne() throws IOException {
    List<RawClient> open = new ArrayList<>();
    try {
      for (int i = 0; i < 2000; i++) {
        open.add(new RawClient(server.socket));
      }
      assertServes();
      assertThat(threads()).isLessThan(NEGOTIATIONS * 4);
    } finally {
      for (RawClient client : open) {
        client.close();
      }
    }
  }

  private static long threads() {
    return Thread.getAllStackTraces().keySet().stream()
        .filter(thread -> thread.getName().startsWith("nbd-unix"))
        .count();
  }

  @Test
  void negotiation_neverFinished_isCutOffInTime() throws IOException {
    try (RawClient client = RawClient.greeted(server.socket)) {
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void negotiation_floodOfOptions_isCutOff() throws IOException {
    try (RawClient client = RawClient.greeted(server.socket)) {
      int answered = 0;
      boolean cutOff = false;
      while (answered < 1000 && !cutOff) {
        try {
          client.option(RawClient.LIST, new byte[0]);
          answered++;
        } catch (IOException e) {
          cutOff = true;
        }
      }
      assertThat(cutOff).isTrue();
      assertThat(answered).isBetween(1, 256);
    }
  }

  @Test
  void connections_beyondTheLimit_areRefusedUntilOneLeaves() throws IOException {
    List<RawClient> open = new ArrayList<>();
    try {
      for (int i = 0; i < LIMITS.connections(); i++) {
        open.add(RawClient.simple(server.socket, ""));
      }
      await(() -> server.server.connections() == LIMITS.connections());
      try (RawClient client = RawClient.simple(server.socket, "")) {
        assertThat(client.isClosed()).isTrue();
      }
    } finally {
      for (RawClient client : open) {
        client.close();
      }
    }
    await(() -> server.server.connections() == 0);
  }

  /** A user of a Unix socket and an address are two clients. */
  @Test
  void connections_beyondTheLimitOfOneClient_areRefusedAndOthersServed() throws IOException {
    Path socket = server.folder.resolve("two");
    ServerConfig config =
        new ServerConfig(
            List.of(
                new ServerConfig.Listener(new Endpoint.Unix(socket), TlsMode.OFF),
                new ServerConfig.Listener(new Endpoint.Tcp("127.0.0.1", 0), TlsMode.OFF)),
            Optional.empty(),
            new ServerConfig.Limits(8, 2, NEGOTIATIONS, Duration.ofSeconds(2), 4, 8));
    try (NbdServer both = NbdServer.start(config, TestExports.of("", disk), ServerListener.NONE);
        RawClient _ = RawClient.simple(socket, "");
        RawClient _ = RawClient.simple(socket, "")) {
      await(() -> both.connections() == 2);
      try (RawClient refused = RawClient.simple(socket, "")) {
        assertThat(refused.isClosed()).isTrue();
      }
      NbdTarget overTcp = NbdTarget.of(both.endpoints().get(1), "");
      try (NbdBlockDevice other = NbdBlockDevice.open(overTcp)) {
        other.read(ByteBuffer.allocate(512), 0);
      }
    }
  }

  @Test
  void replies_neverRead_stopThatClientOnly() throws IOException {
    try (RawClient slow = RawClient.simple(server.socket, "")) {
      slow.channel.configureBlocking(false);
      ByteBuffer request = ByteBuffer.allocate(28);
      long sent = 0;
      for (int idle = 0; idle < 100; ) {
        request.clear().putInt(0x25609513).putInt(0).putLong(1).putLong(0).putInt(1 << 20).flip();
        int put = slow.channel.write(request);
        sent += put;
        idle = put == 0 ? idle + 1 : 0;
        if (put == 0) {
          assertServes();
        }
      }
      assertThat(sent).as("bytes taken from a client that reads nothing").isLessThan(4 << 20);
    }
  }
}
