package org.secretfs.cli.live;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** A client of the protocol's oldest form, one request at a time, that shares no code with ours. */
final class PlainNbd implements AutoCloseable {
  private static final int REQUEST_MAGIC = 0x25609513;
  private static final int REPLY_MAGIC = 0x67446698;
  private static final long OPTION_MAGIC = 0x49484156454F5054L;
  private static final int FUA = 1;

  private final SocketChannel channel;
  private long cookie;

  private PlainNbd(SocketChannel channel) {
    this.channel = channel;
  }

  static PlainNbd connect(Path socket, String export) throws IOException {
    PlainNbd client = new PlainNbd(SocketChannel.open(UnixDomainSocketAddress.of(socket)));
    client.receive(18);
    byte[] name = export.getBytes(StandardCharsets.UTF_8);
    client.send(
        ByteBuffer.allocate(20 + name.length)
            .putInt(3)
            .putLong(OPTION_MAGIC)
            .putInt(1)
            .putInt(name.length)
            .put(name)
            .flip());
    client.receive(10);
    return client;
  }

  byte[] read(long offset, int length) throws IOException {
    request(0, 0, offset, length, new byte[0]);
    return receive(length).array();
  }

  void write(long offset, byte[] content, boolean fua) throws IOException {
    request(fua ? FUA : 0, 1, offset, content.length, content);
  }

  void flush() throws IOException {
    request(0, 3, 0, 0, new byte[0]);
  }

  private void request(int flags, int type, long offset, int length, byte[] payload)
      throws IOException {
    send(
        ByteBuffer.allocate(28 + payload.length)
            .putInt(REQUEST_MAGIC)
            .putShort((short) flags)
            .putShort((short) type)
            .putLong(++cookie)
            .putLong(offset)
            .putInt(length)
            .put(payload)
            .flip());
    ByteBuffer reply = receive(16);
    int magic = reply.getInt();
    int error = reply.getInt();
    if (magic != REPLY_MAGIC || error != 0 || reply.getLong() != cookie) {
      throw new IOException("answered with magic %x, error %d".formatted(magic, error));
    }
  }

  private void send(ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private ByteBuffer receive(int length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(length);
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        throw new EOFException("the server is gone");
      }
    }
    return bytes.flip();
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
