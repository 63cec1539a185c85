package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.ScriptedStream;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.TestServer;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.socket.InputBuffer;

/** Where memory or workers run out, requests wait or are refused, and connections stay. */
class MemoryBoundsTest {
  private static final int REQUESTS = 12;

  @Test
  void workers_allTakenByOtherConnections_requestsAreExecutedOneAfterTheOther() throws Exception {
    TraitsDevice slow = new TraitsDevice(1 << 20);
    slow.delay(Duration.ofMillis(10));
    ServerConfig.Limits limits = new ServerConfig.Limits(8, 8, 8, Duration.ofSeconds(5), 16, 2);
    try (TestServer server = new TestServer(TestExports.of("", slow), limits)) {
      List<RawClient> clients = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        clients.add(RawClient.simple(server.socket, ""));
      }
      for (int i = 0; i < REQUESTS; i++) {
        for (RawClient client : clients) {
          client.request(0, RawClient.READ, i, 0, 512);
        }
      }
      for (RawClient client : clients) {
        for (int i = 0; i < REQUESTS; i++) {
          assertThat(client.reply(512).error()).isZero();
        }
        client.close();
      }
    }
    assertThat(slow.mostWaiting()).as("a worker each, and two further ones").isBetween(4, 5);
  }

  @Test
  void take_processHasNoMemory_givesItsPartOfTheBudgetBack() {
    LargeBuffers buffers = new LargeBuffers(8 << 20, MemoryBoundsTest::noMemory);

    assertThatThrownBy(() -> buffers.take(2 << 20)).isInstanceOf(OutOfMemoryError.class);
    assertThat(buffers.takeForReceiving(2 << 20)).isNull();
    assertThat(buffers.available()).isEqualTo(8);
  }

  private static ByteBuffer noMemory(int bytes) {
    throw new OutOfMemoryError("%d bytes".formatted(bytes));
  }

  @Test
  void read_processHasNoMemory_isAnsweredWithEnomemAndTheNextIsServed() throws Exception {
    ScriptedStream stream =
        new ScriptedStream(
            request(Command.READ, 1 << 20),
            request(Command.READ, 512),
            request(Command.DISCONNECT, 0));
    ClientIdentity client = new ClientIdentity("test", Optional.empty(), false, Optional.empty());
    Session session =
        new Session(
            stream,
            new InputBuffer(stream, Worker.PIECE_BYTES),
            client,
            TestExports.of("", new InMemoryBlockDevice(1 << 20)).open("", client),
            ReplyStyle.SIMPLE,
            true);
    List<String> outcomes = new ArrayList<>();
    LargeBuffers buffers = new LargeBuffers(64 << 20, MemoryBoundsTest::noMemory);

    String reason =
        new Transmission(session, recordingIn(outcomes), buffers, new Semaphore(0), 2).run();

    assertThat(reason).isNull();
    assertThat(outcomes).containsExactly("ENOMEM", "null");
    assertThat(stream.written()).isEqualTo(16 + 16 + 512);
  }

  private static byte[] request(Command command, int length) {
    return ByteBuffer.allocate(28)
        .putInt(0x25609513)
        .putShort((short) 0)
        .putShort((short) command.number())
        .putLong(1)
        .putLong(0)
        .putInt(length)
        .array();
  }

  private static ServerListener recordingIn(List<String> outcomes) {
    return new ServerListener() {
      @Override
      public void finished(
          Export export, Command command, long length, long nanos, @Nullable NbdError error) {
        outcomes.add(String.valueOf(error));
      }
    };
  }
}
