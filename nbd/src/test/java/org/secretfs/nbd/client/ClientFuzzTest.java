package org.secretfs.nbd.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.nbd.ScriptedStream;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.socket.Endpoint;
import org.secretfs.nbd.socket.InputBuffer;

/** Whatever a server sends, the client has an answer, an error, or a lost connection. */
class ClientFuzzTest {
  private static final ByteBuffer GREETING =
      ByteBuffer.allocate(18)
          .putLong(Nbd.INIT_PASSWD)
          .putLong(Nbd.OPTION_MAGIC)
          .putShort((short) 3);

  @FuzzTest(maxDuration = "2m")
  void negotiation_anyBytes_isAgreedOrRefused(byte[] bytes) {
    NbdTarget target = NbdTarget.of(new Endpoint.Unix(Path.of("/nowhere")), "disk");
    try {
      Agreed agreed =
          new ClientNegotiation(target, new ScriptedStream(GREETING.array(), bytes)).run();
      assertThat(agreed.sizeBytes()).isNotNegative();
      assertThat(agreed.mostPayloadBytes()).isPositive();
    } catch (IOException e) {
      assertThat(e).hasMessageNotContaining("Index");
    }
  }

  @FuzzTest(maxDuration = "2m")
  void transmission_anyBytes_isAnAnswerOrLost(byte[] bytes) {
    for (boolean structured : new boolean[] {false, true}) {
      ByteBuffer data = ByteBuffer.allocate(64);
      perform(bytes, structured, Call.of(Command.READ, 0, 512, data));
      List<Call.Extent> extents = new ArrayList<>();
      perform(bytes, structured, Call.status(0, 4096, extents));
      assertThat(extents).allMatch(extent -> extent.lengthBytes() > 0);
      assertThat(extents.stream().mapToLong(Call.Extent::lengthBytes).sum())
          .isLessThanOrEqualTo(4096);
    }
  }

  private static void perform(byte[] bytes, boolean structured, Call call) {
    ScriptedStream stream = new ScriptedStream(bytes);
    Agreed agreed =
        new Agreed(
            stream, new InputBuffer(stream, 128 << 10), 1 << 20, 1, structured, 1, 1, 32 << 20);
    try {
      new ClientConnection(agreed).perform(call);
    } catch (IOException e) {
      assertThat(e).hasMessageNotContaining("Index");
    }
  }
}
