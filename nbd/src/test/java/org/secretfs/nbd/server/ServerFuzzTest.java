package org.secretfs.nbd.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.ScriptedStream;
import org.secretfs.nbd.TestExports;
import org.secretfs.nbd.socket.InputBuffer;

/** Whatever clients send, the server answers or hangs up, and lets go of its exports. */
class ServerFuzzTest {
  private static final ByteBuffer GREETING = ByteBuffer.allocate(4).putInt(3);

  @FuzzTest(maxDuration = "2m")
  void negotiation_anyBytes_endsAndHoldsNothing(byte[] bytes) {
    TestExports exports = TestExports.of("", new InMemoryBlockDevice(1 << 16));
    ScriptedStream stream = new ScriptedStream(GREETING.array(), bytes);
    ClientIdentity client = new ClientIdentity("fuzz", Optional.empty(), false, Optional.empty());
    try (Negotiation negotiation =
        new Negotiation(
            stream,
            client,
            exports,
            TlsMode.ALLOWED,
            _ -> {
              throw new IOException("no TLS in this test");
            },
            () -> false)) {
      negotiation.run().ifPresent(session -> session.export().close());
    } catch (IOException e) {
      assertThat(e).hasMessageNotContaining("Index");
    }
    assertThat(exports.held.get()).isZero();
  }

  @FuzzTest(maxDuration = "2m")
  void transmission_anyBytes_endsWithoutAFailureOfOurs(byte[] bytes) throws Exception {
    for (ReplyStyle style : ReplyStyle.values()) {
      TestExports exports =
          new TestExports().add("", new InMemoryBlockDevice(1 << 16), t -> t.trimming().punching());
      ClientIdentity client = new ClientIdentity("fuzz", Optional.empty(), false, Optional.empty());
      ScriptedStream stream = new ScriptedStream(bytes);
      Session session =
          new Session(
              stream,
              new InputBuffer(stream, Worker.PIECE_BYTES),
              client,
              exports.open("", client),
              style,
              true);
      String reason =
          new Transmission(
                  session, ServerListener.NONE, new LargeBuffers(64 << 20), new Semaphore(1), 2)
              .run();
      assertThat(String.valueOf(reason)).doesNotContain("Exception");
    }
  }
}
