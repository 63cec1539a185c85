package org.secretfs.nbd.server;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A client that sends any bytes, right or wrong, and shares no code with the product: its numbers
 * are those of the protocol's text.
 */
final class RawClient implements AutoCloseable {
  static final long OPTION_MAGIC = 0x49484156454F5054L;
  static final int FIXED = 1;
  static final int NO_ZEROES = 2;
  static final int EXPORT_NAME = 1;
  static final int ABORT = 2;
  static final int LIST = 3;
  static final int STARTTLS = 5;
  static final int INFO = 6;
  static final int GO = 7;
  static final int STRUCTURED = 8;
  static final int LIST_META = 9;
  static final int SET_META = 10;
  static final int EXTENDED = 11;
  static final int ERR = 1 << 31;

  static final int READ = 0;
  static final int WRITE = 1;
  static final int DISC = 2;
  static final int FLUSH = 3;
  static final int TRIM = 4;
  static final int CACHE = 5;
  static final int ZEROES = 6;
  static final int STATUS = 7;

  static final int FUA = 1;
  static final int NO_HOLE = 2;
  static final int DF = 4;
  static final int REQ_ONE = 8;
  static final int FAST_ZERO = 16;
  static final int PAYLOAD = 32;

  final SocketChannel channel;
  private boolean extended;

  /** A reply to an option. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record OptionReply(int type, byte[] data) {
    String text() {
      return new String(data, StandardCharsets.UTF_8);
    }
  }

  /** A reply, or a chunk of one, of any style; a simple one has type -1. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Reply(int flags, int type, int error, long cookie, byte[] data) {
    boolean isDone() {
      return (flags & 1) == 1;
    }
  }

  RawClient(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  /** Greets and sets the client's flags. */
  static RawClient greeted(Path socket, int flags) throws IOException {
    RawClient client = new RawClient(socket);
    ByteBuffer greeting = client.receive(18);
    if (greeting.getLong() != 0x4e42444d41474943L
        || greeting.getLong() != OPTION_MAGIC
        || greeting.getShort() != 3) {
      throw new AssertionError("not the greeting of a fixed newstyle server");
    }
    client.send(ByteBuffer.allocate(4).putInt(flags));
    return client;
  }

  static RawClient greeted(Path socket) throws IOException {
    return greeted(socket, FIXED | NO_ZEROES);
  }

  /** In the transmission phase with simple replies. */
  static RawClient simple(Path socket, String export) throws IOException {
    RawClient client = greeted(socket);
    client.go(export);
    return client;
  }

  /** In the transmission phase with structured replies and base:allocation. */
  static RawClient structured(Path socket, String export) throws IOException {
    RawClient client = greeted(socket);
    client.ack(STRUCTURED);
    client.option(SET_META, contexts(export, "base:allocation"));
    client.go(export);
    return client;
  }

  static RawClient extended(Path socket, String export) throws IOException {
    RawClient client = greeted(socket);
    client.ack(EXTENDED);
    client.option(SET_META, contexts(export, "base:allocation"));
    client.go(export);
    client.extended = true;
    return client;
  }

  private void ack(int option) throws IOException {
    OptionReply reply = option(option, new byte[0]).getLast();
    if (reply.type() != 1) {
      throw new AssertionError("option %d: 0x%08x".formatted(option, reply.type()));
    }
  }

  private void go(String export) throws IOException {
    OptionReply reply = option(GO, choice(export)).getLast();
    if (reply.type() != 1) {
      throw new AssertionError("GO: 0x%08x %s".formatted(reply.type(), reply.text()));
    }
  }

  static byte[] choice(String export, int... infos) {
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    ByteBuffer data = ByteBuffer.allocate(6 + name.length + 2 * infos.length);
    data.putInt(name.length).put(name).putShort((short) infos.length);
    for (int info : infos) {
      data.putShort((short) info);
    }
    return data.array();
  }

  static byte[] contexts(String export, String... queries) {
    ByteBuffer data = ByteBuffer.allocate(8192);
    put(data, export).putInt(queries.length);
    for (String query : queries) {
      put(data, query);
    }
    byte[] bytes = new byte[data.position()];
    data.flip().get(bytes);
    return bytes;
  }

  private static ByteBuffer put(ByteBuffer data, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    return data.putInt(bytes.length).put(bytes);
  }

  void sendOption(int option, byte[] data) throws IOException {
    send(
        ByteBuffer.allocate(16 + data.length)
            .putLong(OPTION_MAGIC)
            .putInt(option)
            .putInt(data.length)
            .put(data));
  }

  /** Sends an option and receives replies up to the final one. */
  List<OptionReply> option(int option, byte[] data) throws IOException {
    sendOption(option, data);
    List<OptionReply> replies = new ArrayList<>();
    do {
      ByteBuffer header = receive(20);
      if (header.getLong() != 0x3e889045565a9L || header.getInt() != option) {
        throw new AssertionError("not a reply to option " + option);
      }
      int type = header.getInt();
      replies.add(new OptionReply(type, receive(header.getInt()).array()));
    } while (replies.getLast().type() > 1);
    return replies;
  }

  int optionType(int option, byte[] data) throws IOException {
    return option(option, data).getLast().type();
  }

  void request(int flags, int command, long cookie, long offset, long length) throws IOException {
    request(flags, command, cookie, offset, length, new byte[0]);
  }

  void request(int flags, int command, long cookie, long offset, long length, byte[] payload)
      throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(32 + payload.length);
    bytes.putInt(extended ? 0x21e41c71 : 0x25609513);
    bytes.putShort((short) flags).putShort((short) command).putLong(cookie).putLong(offset);
    if (extended) {
      bytes.putLong(length);
    } else {
      bytes.putInt((int) length);
    }
    send(bytes.put(payload));
  }

  void write(int flags, long offset, byte[] payload) throws IOException {
    int all = extended ? flags | PAYLOAD : flags;
    request(all, WRITE, 1, offset, payload.length, payload);
  }

  /**
   * Receives a reply or chunk.
   *
   * @param simpleData how much data follows a simple reply without error
   */
  Reply reply(int simpleData) throws IOException {
    int magic = receive(4).getInt();
    return switch (magic) {
      case 0x67446698 -> {
        ByteBuffer header = receive(12);
        int error = header.getInt();
        long cookie = header.getLong();
        yield new Reply(1, -1, error, cookie, receive(error == 0 ? simpleData : 0).array());
      }
      case 0x668e33ef -> {
        ByteBuffer header = receive(16);
        int flags = header.getShort();
        int type = Short.toUnsignedInt(header.getShort());
        long cookie = header.getLong();
        yield chunk(flags, type, cookie, header.getInt());
      }
      case 0x6e8a278c -> {
        ByteBuffer header = receive(28);
        int flags = header.getShort();
        int type = Short.toUnsignedInt(header.getShort());
        long cookie = header.getLong();
        header.getLong();
        yield chunk(flags, type, cookie, Math.toIntExact(header.getLong()));
      }
      default -> throw new AssertionError("reply magic 0x%08x".formatted(magic));
    };
  }

  private Reply chunk(int flags, int type, long cookie, int length) throws IOException {
    byte[] data = receive(length).array();
    int error = (type & 1 << 15) != 0 ? ByteBuffer.wrap(data).getInt() : 0;
    return new Reply(flags, type, error, cookie, data);
  }

  /** The error of the next reply, which has no data; 0 for success. */
  int error() throws IOException {
    return reply(0).error();
  }

  void send(ByteBuffer bytes) throws IOException {
    bytes.flip();
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  ByteBuffer receive(int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("closed after %d of %d bytes".formatted(bytes.position(), length));
      }
    }
    return bytes.flip();
  }

  /** Whether the server closes without a further byte. */
  boolean isClosed() throws IOException {
    try {
      return channel.read(ByteBuffer.allocate(1)) < 0;
    } catch (IOException e) {
      return true; // reset: the server left bytes of ours unread
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
