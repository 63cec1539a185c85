package org.secretfs.nbd.socket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * What is to be sent, in a direct buffer that grows up to a limit. Numbers are big-endian. For one
 * thread; several buffers of one connection take turns by the lock they share.
 */
public final class OutputBuffer {
  private static final int FIRST_BYTES = 16 << 10;

  private final ByteStream stream;
  private final Object turn;
  private final int mostBytes;
  private ByteBuffer bytes;

  /** A second buffer over the same bytes, to lend parts of them. */
  private ByteBuffer view;

  /**
   * Sends to a stream.
   *
   * @param turn the monitor of the connection's sending side
   * @param mostBytes the largest size of the buffer
   */
  public OutputBuffer(ByteStream stream, Object turn, int mostBytes) {
    this.stream = stream;
    this.turn = turn;
    this.mostBytes = mostBytes;
    this.bytes = ByteBuffer.allocateDirect(Math.min(FIRST_BYTES, mostBytes));
    this.view = bytes.duplicate();
  }

  /**
   * Makes room for a message that must not be torn apart, sending what is there if need be.
   *
   * @param length at most the largest size
   */
  public void reserve(int length) throws IOException {
    if (length > mostBytes - bytes.position()) {
      flush();
    }
    int needed = bytes.position() + length;
    if (needed > bytes.capacity()) {
      int size = Math.min(mostBytes, Math.max(needed, 4 * bytes.capacity()));
      bytes = ByteBuffer.allocateDirect(size).put(bytes.flip());
      view = bytes.duplicate();
    }
  }

  /** Sends all; nobody else's bytes come between. */
  public void flush() throws IOException {
    if (bytes.position() > 0) {
      synchronized (turn) {
        stream.write(bytes.flip());
      }
      bytes.clear();
    }
  }

  /** Sends all, and right behind it what remains of a buffer. */
  public void flushWith(ByteBuffer data) throws IOException {
    synchronized (turn) {
      stream.write(bytes.flip());
      stream.write(data);
    }
    bytes.clear();
  }

  public OutputBuffer putShort(int value) {
    bytes.putShort((short) value);
    return this;
  }

  public OutputBuffer putInt(int value) {
    bytes.putInt(value);
    return this;
  }

  public OutputBuffer putLong(long value) {
    bytes.putLong(value);
    return this;
  }

  public OutputBuffer put(byte[] source) {
    bytes.put(source);
    return this;
  }

  public OutputBuffer put(String text) {
    return put(text.getBytes(StandardCharsets.UTF_8));
  }

  public OutputBuffer putZeroes(int length) {
    bytes.put(new byte[length]);
    return this;
  }

  /** Where the next byte goes; with {@link #rewind} it takes back a message half made. */
  public int position() {
    return bytes.position();
  }

  /** Drops what was put after {@code position}. */
  public void rewind(int position) {
    bytes.position(position);
  }

  /** Overwrites a number that was put before. */
  public void setInt(int position, int value) {
    bytes.putInt(position, value);
  }

  /**
   * Adds bytes of any content, to be filled.
   *
   * @return a view of them that is good until the next call of any method
   */
  public ByteBuffer room(int length) {
    int begin = bytes.position();
    bytes.position(begin + length);
    return view.clear().position(begin).limit(begin + length);
  }
}
