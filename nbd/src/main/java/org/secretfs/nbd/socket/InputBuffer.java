package org.secretfs.nbd.socket;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What was received and not yet used, in a direct buffer that grows up to a limit. Numbers are
 * big-endian. For one thread at a time.
 */
public final class InputBuffer {
  private static final int FIRST_BYTES = 16 << 10;

  private final ByteStream stream;
  private final int mostBytes;
  private ByteBuffer bytes;

  /** A second buffer over the same bytes, to lend parts of them. */
  private ByteBuffer view;

  private int begin;
  private int end;

  /** Receives from a stream into at most {@code mostBytes}. */
  public InputBuffer(ByteStream stream, int mostBytes) {
    this.stream = stream;
    this.mostBytes = mostBytes;
    this.bytes = ByteBuffer.allocateDirect(Math.min(FIRST_BYTES, mostBytes));
    this.view = bytes.duplicate();
  }

  /** How many bytes can be used without waiting. */
  public int available() {
    return end - begin;
  }

  /**
   * Waits for the next byte.
   *
   * @return false if the connection ended instead
   */
  public boolean awaitFirst() throws IOException {
    return begin < end || receive() > 0;
  }

  /**
   * Waits until that many bytes are available.
   *
   * @param length at most the largest size
   * @throws EOFException if the connection ended before
   */
  public void await(int length) throws IOException {
    if (end - begin < length) {
      makeRoom(length);
      while (end - begin < length) {
        if (receive() < 0) {
          throw new EOFException("the connection ended in the middle of a message");
        }
      }
    }
  }

  private int receive() throws IOException {
    if (begin == end) {
      begin = 0;
      end = 0;
    }
    int got = stream.read(bytes.clear().position(end));
    end += Math.max(got, 0);
    return got;
  }

  private void makeRoom(int length) {
    if (begin + length <= bytes.capacity()) {
      return;
    }
    int kept = end - begin;
    if (length <= bytes.capacity()) {
      bytes.clear().position(begin).limit(end).compact();
    } else {
      int size = Math.min(mostBytes, Math.max(length, 4 * bytes.capacity()));
      bytes = ByteBuffer.allocateDirect(size).put(0, bytes, begin, kept);
      view = bytes.duplicate();
    }
    begin = 0;
    end = kept;
  }

  /** Uses two bytes, which are available. */
  public int getShort() {
    begin += Short.BYTES;
    return Short.toUnsignedInt(view.clear().getShort(begin - Short.BYTES));
  }

  /** Uses four bytes, which are available. */
  public int getInt() {
    begin += Integer.BYTES;
    return view.clear().getInt(begin - Integer.BYTES);
  }

  /** Uses eight bytes, which are available. */
  public long getLong() {
    begin += Long.BYTES;
    return view.clear().getLong(begin - Long.BYTES);
  }

  /**
   * Uses bytes that are available, where they are.
   *
   * @return a view that is good until the next call of any method
   */
  public ByteBuffer use(int length) {
    if (length > available()) {
      throw new IllegalArgumentException("%d bytes: not yet received".formatted(length));
    }
    begin += length;
    return view.clear().position(begin - length).limit(begin);
  }

  /** Waits for bytes and fills a buffer: with what was received, then straight from the stream. */
  public void read(ByteBuffer target) throws IOException {
    target.put(use(Math.min(target.remaining(), available())));
    while (target.hasRemaining()) {
      if (stream.read(target) < 0) {
        throw new EOFException("the connection ended in the middle of a message");
      }
    }
  }

  /** Waits for bytes and drops them. */
  public void skip(long length) throws IOException {
    long left = length;
    while (left > 0) {
      int step = (int) Math.min(left, bytes.capacity());
      await(step);
      begin += step;
      left -= step;
    }
  }
}
