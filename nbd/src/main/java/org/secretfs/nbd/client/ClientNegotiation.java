package org.secretfs.nbd.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.ProtocolException;
import org.secretfs.nbd.socket.ByteStream;
import org.secretfs.nbd.socket.InputBuffer;
import org.secretfs.nbd.socket.OutputBuffer;
import org.secretfs.nbd.socket.TlsStream;

/**
 * The client's side of the handshake. Whatever the server sends is bounded and checked.
 *
 * @spec NBD doc/proto.md, "Handshake"
 */
final class ClientNegotiation {
  private static final int INPUT_BYTES = 128 << 10;
  private static final int OUTPUT_BYTES = 16 << 10;
  private static final int MOST_REPLY_BYTES = 64 << 10;
  private static final int MOST_REPLIES = 1024;
  private static final int TAIL_BYTES = 124;
  private static final int REPLY_BYTES = 20;
  private static final int MOST_BLOCK_BYTES = 65_536;

  private final NbdTarget target;
  private ByteStream stream;
  private InputBuffer input;
  private OutputBuffer output;
  private boolean noZeroes;
  private int minimumBlockBytes = 1;
  private int mostPayloadBytes = Nbd.DEFAULT_MOST_PAYLOAD_BYTES;
  private long sizeBytes = -1;
  private int flags;
  private int context = Agreed.NO_CONTEXT;

  /** A final answer to an option. */
  private record Answer(int type, String text) {
    boolean isAck() {
      return type == Nbd.REP_ACK;
    }
  }

  /** Takes what an option's replies tell. */
  @FunctionalInterface
  private interface Hearer {
    void hear(int type, ByteBuffer data) throws IOException;
  }

  ClientNegotiation(NbdTarget target, ByteStream stream) {
    this.target = target;
    use(stream);
  }

  private void use(ByteStream fresh) {
    stream = fresh;
    input = new InputBuffer(fresh, INPUT_BYTES);
    output = new OutputBuffer(fresh, new Object(), OUTPUT_BYTES);
  }

  Agreed run() throws IOException {
    greet();
    if (target.tls().isPresent()) {
      startTls(target.tls().get());
    }
    boolean structured = ask(Nbd.OPT_STRUCTURED_REPLY, new byte[0], (_, _) -> {}).isAck();
    if (structured) {
      selectContext();
    }
    enter();
    if (sizeBytes < 0) {
      throw new ProtocolException("%s: no size was told".formatted(target));
    }
    return new Agreed(
        stream, input, sizeBytes, flags, structured, context, minimumBlockBytes, mostPayloadBytes);
  }

  private void greet() throws IOException {
    input.await(2 * Long.BYTES + Short.BYTES);
    long password = input.getLong();
    long magic = input.getLong();
    if (password != Nbd.INIT_PASSWD || magic != Nbd.OPTION_MAGIC) {
      boolean old = password == Nbd.INIT_PASSWD && magic == Nbd.OLDSTYLE_MAGIC;
      throw new ProtocolException(
          "%s: %s".formatted(target, old ? "an oldstyle server" : "not an NBD server"));
    }
    int handshake = input.getShort();
    if ((handshake & Nbd.FLAG_FIXED_NEWSTYLE) == 0) {
      throw new ProtocolException("%s: not fixed newstyle".formatted(target));
    }
    noZeroes = (handshake & Nbd.FLAG_NO_ZEROES) != 0;
    output.putInt(handshake & (Nbd.FLAG_FIXED_NEWSTYLE | Nbd.FLAG_NO_ZEROES)).flush();
  }

  private void startTls(NbdTarget.Tls tls) throws IOException {
    Answer answer = ask(Nbd.OPT_STARTTLS, new byte[0], (_, _) -> {});
    if (!answer.isAck()) {
      throw new ProtocolException("%s refuses TLS: %s".formatted(target, answer.text()));
    }
    if (input.available() > 0) {
      throw new ProtocolException("%s: data before TLS".formatted(target));
    }
    SSLEngine engine = tls.context().createSSLEngine(tls.serverName(), 0);
    engine.setUseClientMode(true);
    engine.setEnabledProtocols(new String[] {"TLSv1.3"});
    SSLParameters parameters = engine.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    engine.setSSLParameters(parameters);
    use(TlsStream.handshake(stream, engine));
  }

  private void selectContext() throws IOException {
    byte[] name = target.exportName().getBytes(StandardCharsets.UTF_8);
    byte[] query = Nbd.BASE_ALLOCATION.getBytes(StandardCharsets.UTF_8);
    byte[] data =
        ByteBuffer.allocate(3 * Integer.BYTES + name.length + query.length)
            .putInt(name.length)
            .put(name)
            .putInt(1)
            .putInt(query.length)
            .put(query)
            .array();
    Answer answer =
        ask(
            Nbd.OPT_SET_META_CONTEXT,
            data,
            (type, reply) -> {
              if (type == Nbd.REP_META_CONTEXT && reply.remaining() >= Integer.BYTES) {
                context = reply.getInt();
              }
            });
    if (!answer.isAck()) {
      context = Agreed.NO_CONTEXT;
    }
  }

  private void enter() throws IOException {
    byte[] name = target.exportName().getBytes(StandardCharsets.UTF_8);
    byte[] data =
        ByteBuffer.allocate(Integer.BYTES + name.length + 2 * Short.BYTES)
            .putInt(name.length)
            .put(name)
            .putShort((short) 1)
            .putShort((short) Nbd.INFO_BLOCK_SIZE)
            .array();
    Answer answer = ask(Nbd.OPT_GO, data, this::hearInfo);
    if (answer.type() == Nbd.REP_ERR_UNSUP) {
      enterByName(name);
    } else if (answer.type() == Nbd.REP_ERR_SHUTDOWN) {
      // Its successor may serve the export soon: worth another attempt.
      throw new IOException("%s: the server is shutting down".formatted(target));
    } else if (!answer.isAck()) {
      throw new ExportUnavailableException(
          "%s: the server refuses the export: %s".formatted(target, answer.text()));
    }
  }

  private void hearInfo(int type, ByteBuffer data) throws IOException {
    if (type != Nbd.REP_INFO || data.remaining() < Short.BYTES) {
      return;
    }
    int info = data.getShort();
    if (info == Nbd.INFO_EXPORT && data.remaining() >= Long.BYTES + Short.BYTES) {
      size(data.getLong(), data.getShort());
    } else if (info == Nbd.INFO_BLOCK_SIZE && data.remaining() >= 3 * Integer.BYTES) {
      blockSizes(data.getInt(), data.getInt(), data.getInt());
    }
  }

  private void size(long size, int transmissionFlags) throws IOException {
    if (size < 0 || (transmissionFlags & Nbd.SEND_HAS_FLAGS) == 0) {
      throw new ProtocolException(
          "%s: size %s, flags 0x%04x"
              .formatted(target, Long.toUnsignedString(size), transmissionFlags & 0xFFFF));
    }
    sizeBytes = size;
    flags = transmissionFlags;
  }

  private void blockSizes(int minimum, int preferred, int most) throws IOException {
    long mostBytes = Integer.toUnsignedLong(most);
    if (Integer.bitCount(minimum) != 1
        || minimum < 1
        || minimum > MOST_BLOCK_BYTES
        || mostBytes < minimum) {
      throw new ProtocolException(
          "%s: block sizes %d, %d, %d".formatted(target, minimum, preferred, mostBytes));
    }
    minimumBlockBytes = minimum;
    long bounded = Math.min(mostBytes, Nbd.DEFAULT_MOST_PAYLOAD_BYTES);
    mostPayloadBytes = (int) (bounded - bounded % minimum);
  }

  /** For servers that do not know NBD_OPT_GO. */
  private void enterByName(byte[] name) throws IOException {
    option(Nbd.OPT_EXPORT_NAME, name);
    input.await(Long.BYTES + Short.BYTES);
    long size = input.getLong();
    size(size, input.getShort());
    if (!noZeroes) {
      input.skip(TAIL_BYTES);
    }
  }

  private void option(int option, byte[] data) throws IOException {
    output.reserve(Long.BYTES + 2 * Integer.BYTES + data.length);
    output.putLong(Nbd.OPTION_MAGIC).putInt(option).putInt(data.length).put(data).flush();
  }

  private Answer ask(int option, byte[] data, Hearer hearer) throws IOException {
    option(option, data);
    for (int i = 0; i < MOST_REPLIES; i++) {
      input.await(REPLY_BYTES);
      long magic = input.getLong();
      int about = input.getInt();
      int type = input.getInt();
      int length = input.getInt();
      if (magic != Nbd.OPTION_REPLY_MAGIC || about != option) {
        throw new ProtocolException("%s: not a reply to option %d".formatted(target, option));
      }
      if (length < 0 || length > MOST_REPLY_BYTES) {
        throw new ProtocolException(
            "%s: a reply of %s bytes".formatted(target, Integer.toUnsignedString(length)));
      }
      input.await(length);
      ByteBuffer reply = input.use(length).slice();
      if (type == Nbd.REP_ACK || type < 0) {
        return new Answer(type, text(type, reply));
      }
      hearer.hear(type, reply);
    }
    throw new ProtocolException("%s: more than %d replies".formatted(target, MOST_REPLIES));
  }

  private static String text(int type, ByteBuffer reply) {
    String text = StandardCharsets.UTF_8.decode(reply).toString().replaceAll("\\p{Cntrl}", " ");
    return text.isBlank() ? "error 2^31 + " + (type & Integer.MAX_VALUE) : text;
  }
}
