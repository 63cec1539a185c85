package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.secretfs.block.FaultyBlockDevice;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.TestServer;

/** The transmission phase, byte by byte. Spec: NBD doc/proto.md, "Transmission phase". */
class CommandTest {
  private static final int SIZE_BYTES = 4 << 20;
  private static final int EPERM = 1;
  private static final int EIO = 5;
  private static final int EINVAL = 22;
  private static final int ENOSPC = 28;
  private static final int EOVERFLOW = 75;
  private static final int ENOTSUP = 95;
  private static final int ESHUTDOWN = 108;

  private final TraitsDevice disk = new TraitsDevice(SIZE_BYTES);
  private final FaultyBlockDevice faulty = new FaultyBlockDevice(new byte[SIZE_BYTES]);
  private TestServer server;

  @BeforeEach
  void serve() throws IOException {
    server =
        new TestServer(
            TestExports.of("disk", disk)
                .add("locked", new InMemoryBlockDevice(SIZE_BYTES), t -> t.readOnlyToo())
                .add("trimmed", disk, t -> t.trimming())
                .add("punched", disk, t -> t.punching())
                .add("faulty", faulty, t -> t)
                .add("strict", disk, t -> t.with(new BlockSizes(4096, 4096, 1 << 20))));
  }

  @AfterEach
  void end() throws IOException {
    server.close();
    assertThat(server.exports.held.get()).as("exports still held").isZero();
  }

  private static byte[] noise(int length, long seed) {
    byte[] bytes = new byte[length];
    new SplittableRandom(seed).nextBytes(bytes);
    return bytes;
  }

  @Test
  void read_everyStyle_returnsWhatWasWritten() throws IOException {
    byte[] content = noise(1_000_001, 1);
    try (RawClient simple = RawClient.simple(server.socket, "disk");
        RawClient structured = RawClient.structured(server.socket, "disk");
        RawClient extended = RawClient.extended(server.socket, "disk")) {
      simple.write(0, 4097, content);
      assertThat(simple.error()).isZero();

      simple.request(0, RawClient.READ, 5, 4097, content.length);
      assertThat(simple.reply(content.length).data()).isEqualTo(content);
      structured.request(0, RawClient.READ, 6, 4097, content.length);
      assertThat(gather(structured, 4097, content.length)).isEqualTo(content);
      extended.request(0, RawClient.READ, 7, 4097, content.length);
      assertThat(gather(extended, 4097, content.length)).isEqualTo(content);
    }
  }

  private static byte[] gather(RawClient client, long offset, int length) throws IOException {
    byte[] all = new byte[length];
    int got = 0;
    while (true) {
      RawClient.Reply chunk = client.reply(0);
      assertThat(chunk.error()).isZero();
      if (chunk.type() == 1) {
        ByteBuffer data = ByteBuffer.wrap(chunk.data());
        int at = (int) (data.getLong() - offset);
        got += data.remaining();
        data.get(all, at, data.remaining());
      }
      if (chunk.isDone()) {
        assertThat(got).isEqualTo(length);
        return all;
      }
    }
  }

  @Test
  void read_dontFragment_isOneChunk() throws IOException {
    try (RawClient client = RawClient.structured(server.socket, "disk")) {
      client.request(RawClient.DF, RawClient.READ, 1, 0, 3 << 20);
      RawClient.Reply reply = client.reply(0);

      assertThat(reply.data()).hasSize(8 + (3 << 20));
      assertThat(reply.isDone()).isTrue();
    }
  }

  @Test
  void read_dontFragmentBeyondPayload_isOverflow() throws IOException {
    try (RawClient client = RawClient.greeted(server.socket)) {
      client.option(RawClient.STRUCTURED, new byte[0]);
      client.option(RawClient.GO, RawClient.choice("strict", 3));
      client.request(RawClient.DF, RawClient.READ, 1, 0, 2 << 20);
      assertThat(client.error()).isEqualTo(EOVERFLOW);
      client.request(0, RawClient.READ, 1, 0, 2 << 20);
      assertThat(gather(client, 0, 2 << 20)).hasSize(2 << 20);
    }
  }

  @Test
  void read_failingInTheMiddle_isAnErrorAndTheConnectionGoesOn() throws IOException {
    disk.failReadsFrom(1 << 20);
    try (RawClient structured = RawClient.structured(server.socket, "disk");
        RawClient simple = RawClient.simple(server.socket, "disk")) {
      structured.request(0, RawClient.READ, 1, 0, 2 << 20);
      RawClient.Reply reply = structured.reply(0);
      while (!reply.isDone()) {
        reply = structured.reply(0);
      }
      assertThat(reply.error()).isEqualTo(EIO);
      structured.request(0, RawClient.READ, 1, 0, 512);
      assertThat(structured.error()).isZero();

      simple.request(0, RawClient.READ, 1, 0, 2 << 20);
      assertThat(simple.error()).isEqualTo(EIO);
      simple.request(0, RawClient.READ, 1, 0, 512);
      assertThat(simple.reply(512).error()).isZero();
    }
  }

  @Test
  void request_outsideOfTheExport_isToldByKind() throws IOException {
    try (RawClient client = RawClient.structured(server.socket, "trimmed")) {
      client.write(0, SIZE_BYTES - 511, new byte[512]);
      assertThat(client.error()).isEqualTo(ENOSPC);
      client.request(0, RawClient.ZEROES, 1, SIZE_BYTES, 1);
      assertThat(client.error()).isEqualTo(ENOSPC);
      for (int command :
          new int[] {RawClient.READ, RawClient.TRIM, RawClient.CACHE, RawClient.STATUS}) {
        client.request(0, command, 1, SIZE_BYTES - 511, 512);
        assertThat(client.error()).as("command %d", command).isEqualTo(EINVAL);
      }
      client.request(0, RawClient.READ, 1, -1, 2);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.write(0, Long.MAX_VALUE, new byte[1]);
      assertThat(client.error()).isEqualTo(ENOSPC);
    }
  }

  @Test
  void write_readOnlyExport_isNotPermitted() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "locked")) {
      client.write(0, 0, new byte[4096]);
      assertThat(client.error()).isEqualTo(EPERM);
      client.request(0, RawClient.ZEROES, 1, 0, 4096);
      assertThat(client.error()).isEqualTo(EPERM);
      client.request(0, RawClient.TRIM, 1, 0, 4096);
      assertThat(client.error()).isEqualTo(EPERM);
      client.request(0, RawClient.FLUSH, 1, 0, 0);
      assertThat(client.error()).isZero();
    }
  }

  @Test
  void request_unknownCommandOrFlag_isInvalid() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      client.request(0, 8, 1, 0, 0); // NBD_CMD_RESIZE of an extension branch
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(0, 99, 1, 0, 0);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(1 << 9, RawClient.READ, 1, 0, 512);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(RawClient.DF, RawClient.READ, 1, 0, 512);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(RawClient.NO_HOLE, RawClient.WRITE, 1, 0, 4, new byte[4]);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(RawClient.PAYLOAD, RawClient.FLUSH, 1, 0, 0);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(0, RawClient.FLUSH, 1, 0, 1);
      assertThat(client.error()).isEqualTo(EINVAL);
    }
  }

  @Test
  void request_fuaOnAnyCommand_isAccepted() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "trimmed")) {
      client.request(RawClient.FUA, RawClient.READ, 1, 0, 512);
      assertThat(client.reply(512).error()).isZero();
      client.request(RawClient.FUA, RawClient.FLUSH, 1, 0, 0);
      assertThat(client.error()).isZero();
      client.request(RawClient.FUA, RawClient.CACHE, 1, 0, 512);
      assertThat(client.error()).isZero();
    }
  }

  @Test
  void write_fua_isDurableBeforeItsReply() throws IOException {
    for (int length : new int[] {4096, 1 << 20}) {
      byte[] content = noise(length, length);
      try (RawClient client = RawClient.simple(server.socket, "faulty")) {
        client.write(RawClient.FUA, 0, content);
        assertThat(client.error()).isZero();
        byte[] left = faulty.cutPower(1).content();
        assertThat(Arrays.copyOf(left, length)).isEqualTo(content);
      }
    }
  }

  @Test
  void flush_afterWritesAndZeroes_makesThemDurable() throws IOException {
    byte[] content = noise(65536, 3);
    try (RawClient client = RawClient.simple(server.socket, "faulty")) {
      client.write(0, 0, content);
      assertThat(client.error()).isZero();
      client.request(0, RawClient.ZEROES, 1, 512, 512);
      assertThat(client.error()).isZero();
      client.request(0, RawClient.FLUSH, 1, 0, 0);
      assertThat(client.error()).isZero();
      Arrays.fill(content, 512, 1024, (byte) 0);
      assertThat(Arrays.copyOf(faulty.cutPower(2).content(), content.length)).isEqualTo(content);
    }
  }

  @Test
  void zeroesAndTrim_fua_flush() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "trimmed")) {
      client.request(RawClient.FUA, RawClient.ZEROES, 1, 0, 4096);
      assertThat(client.error()).isZero();
      client.request(RawClient.FUA, RawClient.TRIM, 1, 0, 4096);
      assertThat(client.error()).isZero();
      assertThat(disk.calls()).containsExactly("zeroes", "flush", "trim", "flush");
    }
  }

  @Test
  void write_deviceFails_isEioWithThePayloadTaken() throws IOException {
    faulty.failAfter(0);
    try (RawClient client = RawClient.structured(server.socket, "faulty")) {
      client.write(0, 0, noise(3 << 20, 1));
      assertThat(client.error()).isEqualTo(EIO);
      client.request(0, RawClient.READ, 9, 0, 512);
      assertThat(client.reply(0).cookie()).isEqualTo(9);
    }
  }

  @Test
  void write_deviceIsFull_isEnospc() throws IOException {
    disk.failWrites("No space left on device");
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      client.write(0, 0, new byte[512]);
      assertThat(client.error()).isEqualTo(ENOSPC);
    }
  }

  @Test
  void write_beyondTheLargestPayload_isInvalidWithThePayloadTaken() throws IOException {
    try (RawClient client = RawClient.greeted(server.socket)) {
      client.option(RawClient.GO, RawClient.choice("strict", 3));
      client.write(0, 0, new byte[2 << 20]);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.write(0, 512, new byte[512]);
      assertThat(client.error()).as("not a multiple of 4096").isEqualTo(EINVAL);
      client.write(0, 4096, new byte[4096]);
      assertThat(client.error()).isZero();
    }
  }

  @Test
  void writeZeroes_fastOrNoHole_punchesOnlyWhereAllowed() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      client.request(RawClient.FAST_ZERO, RawClient.ZEROES, 1, 0, 4096);
      assertThat(client.error()).isEqualTo(ENOTSUP);
      client.request(0, RawClient.ZEROES, 1, 0, 4096);
      assertThat(client.error()).isZero();
      assertThat(disk.calls()).containsExactly("zeroes");
    }
    try (RawClient client = RawClient.simple(server.socket, "punched")) {
      client.request(RawClient.FAST_ZERO, RawClient.ZEROES, 1, 0, 4096);
      assertThat(client.error()).isZero();
      client.request(RawClient.FAST_ZERO | RawClient.NO_HOLE, RawClient.ZEROES, 1, 0, 4096);
      assertThat(client.error()).isEqualTo(ENOTSUP);
      client.request(RawClient.NO_HOLE, RawClient.ZEROES, 1, 0, 4096);
      assertThat(client.error()).isZero();
      assertThat(disk.calls()).containsExactly("zeroes", "punch", "zeroes");
    }
  }

  @Test
  void trim_notOffered_isInvalidAndChangesNothing() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      client.request(0, RawClient.TRIM, 1, 0, 4096);
      assertThat(client.error()).isEqualTo(EINVAL);
      assertThat(disk.calls()).isEmpty();
    }
  }

  @Test
  void cache_anyRange_succeedsWithoutData() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      client.request(0, RawClient.CACHE, 1, 1000, 1 << 20);
      assertThat(client.error()).isZero();
      client.request(RawClient.NO_HOLE, RawClient.CACHE, 1, 0, 512);
      assertThat(client.error()).isEqualTo(EINVAL);
    }
  }

  @Test
  void blockStatus_holesAndData_areToldInOrder() throws IOException {
    try (RawClient client = RawClient.structured(server.socket, "disk")) {
      client.request(0, RawClient.STATUS, 1, 0, SIZE_BYTES);
      ByteBuffer data = ByteBuffer.wrap(client.reply(0).data());
      assertThat(data.remaining()).isEqualTo(4 + 2 * 8);
      data.getInt();
      assertThat(data.getInt()).isEqualTo(SIZE_BYTES / 2);
      assertThat(data.getInt()).isZero();
      assertThat(data.getInt()).isEqualTo(SIZE_BYTES / 2);
      assertThat(data.getInt()).isEqualTo(3);
      client.request(RawClient.REQ_ONE, RawClient.STATUS, 1, 1000, 5000);
      ByteBuffer one = ByteBuffer.wrap(client.reply(0).data());
      assertThat(one.remaining()).isEqualTo(4 + 8);
      assertThat(one.getInt(4)).isEqualTo(5000);
    }
  }

  @Test
  void blockStatus_extended_has64BitExtentsAndSelection() throws IOException {
    try (RawClient client = RawClient.extended(server.socket, "disk")) {
      client.request(0, RawClient.STATUS, 1, 0, SIZE_BYTES);
      RawClient.Reply reply = client.reply(0);
      ByteBuffer data = ByteBuffer.wrap(reply.data());
      assertThat(reply.type()).isEqualTo(6);
      int context = data.getInt();
      assertThat(data.getInt()).isEqualTo(2);
      assertThat(data.getLong()).isEqualTo(SIZE_BYTES / 2);
      assertThat(data.getLong()).isZero();
      assertThat(data.getLong()).isEqualTo(SIZE_BYTES / 2);
      assertThat(data.getLong()).isEqualTo(3);

      byte[] selection = ByteBuffer.allocate(12).putLong(4096).putInt(context).array();
      client.request(RawClient.PAYLOAD, RawClient.STATUS, 1, 0, selection.length, selection);
      assertThat(ByteBuffer.wrap(client.reply(0).data()).getLong(8)).isEqualTo(4096);
      byte[] unknown = ByteBuffer.allocate(12).putLong(4096).putInt(context + 1).array();
      client.request(RawClient.PAYLOAD, RawClient.STATUS, 1, 0, unknown.length, unknown);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(RawClient.PAYLOAD, RawClient.STATUS, 1, 0, 5, new byte[5]);
      assertThat(client.error()).isEqualTo(EINVAL);
    }
  }

  @Test
  void extended_everyReply_isExtended() throws IOException {
    try (RawClient client = RawClient.extended(server.socket, "disk")) {
      client.write(0, 0, new byte[512]);
      assertThat(client.reply(0).type()).isZero();
      client.request(0, RawClient.WRITE, 1, 0, 512);
      assertThat(client.error()).as("a write without PAYLOAD_LEN").isEqualTo(EINVAL);
      client.request(RawClient.PAYLOAD, RawClient.FLUSH, 1, 0, 3, new byte[3]);
      assertThat(client.error()).isEqualTo(EINVAL);
      client.request(0, RawClient.ZEROES, 1, 0, 1L << 40);
      assertThat(client.error()).isEqualTo(ENOSPC);
    }
  }

  @Test
  void request_lengthZero_doesNotDisconnect() throws IOException {
    try (RawClient client = RawClient.structured(server.socket, "trimmed")) {
      client.request(0, RawClient.READ, 1, 0, 0);
      assertThat(client.reply(0).type()).isZero();
      client.write(0, 0, new byte[0]);
      assertThat(client.error()).isZero();
      client.request(0, RawClient.TRIM, 1, 0, 0);
      assertThat(client.error()).isZero();
      client.request(0, RawClient.STATUS, 1, 0, 0);
      assertThat(client.error()).isEqualTo(EINVAL);
    }
  }

  @Test
  void request_exportShrunkOrGrown_isCheckedAgainstItsSizeNow() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      disk.resize(1 << 20);
      client.write(0, 2 << 20, new byte[512]);
      assertThat(client.error()).isEqualTo(ENOSPC);
      client.request(0, RawClient.READ, 1, 2 << 20, 512);
      assertThat(client.error()).isEqualTo(EINVAL);
      disk.resize(SIZE_BYTES);
      client.write(0, 2 << 20, new byte[512]);
      assertThat(client.error()).isZero();
    }
  }

  @Test
  void drain_connectedClient_isToldAndThenCutOff() throws Exception {
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      client.write(0, 0, new byte[512]);
      assertThat(client.error()).isZero();
      Thread drain =
          Thread.ofPlatform().start(() -> server.server.drain("disk", Duration.ofMillis(300)));
      int error = 0;
      while (error == 0) {
        client.write(0, 0, new byte[512]);
        error = client.error();
      }
      assertThat(error).isEqualTo(ESHUTDOWN);
      drain.join();
      assertThat(client.isClosed()).isTrue();
      assertThat(server.server.connections("disk")).isZero();
    }
  }

  @Test
  void disconnect_afterRequests_answersThemFirst() throws IOException {
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      for (int i = 0; i < 50; i++) {
        client.request(0, RawClient.WRITE, i, i * 512L, 512, new byte[512]);
      }
      client.request(0, RawClient.DISC, 99, 0, 0);
      for (int i = 0; i < 50; i++) {
        assertThat(client.error()).isZero();
      }
      assertThat(client.isClosed()).isTrue();
    }
  }

  @Test
  void requests_slowDevice_overtakeEachOther() throws IOException {
    disk.delay(Duration.ofMillis(20));
    try (RawClient client = RawClient.simple(server.socket, "disk")) {
      client.request(0, RawClient.READ, 1, 0, 512);
      client.reply(512);
      disk.meet(4);
      for (int i = 0; i < 8; i++) {
        client.request(0, RawClient.READ, i, 0, 512);
      }
      for (int i = 0; i < 8; i++) {
        assertThat(client.reply(512).error()).isZero();
      }
    }
  }
}
