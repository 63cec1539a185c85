package org.secretfs.nbd.socket;

import java.io.EOFException;
import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What was received and not yet used, in an array that grows up to a limit. Numbers are big-endian.
 * For one thread at a time.
 */
public final class InputBuffer {
  private static final int FIRST_BYTES = 16 << 10;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final ByteStream stream;
  private final int mostBytes;
  private byte[] bytes;
  private ByteBuffer view;
  private int begin;
  private int end;

  /**
   * @param mostBytes the largest size of the array
   */
  public InputBuffer(ByteStream stream, int mostBytes) {
    this.stream = stream;
    this.mostBytes = mostBytes;
    this.bytes = new byte[Math.min(FIRST_BYTES, mostBytes)];
    this.view = ByteBuffer.wrap(bytes);
  }

  /** How many bytes can be used without waiting. */
  public int available() {
    return end - begin;
  }

  /** The most that {@link #await} can make available. */
  public int mostBytes() {
    return mostBytes;
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
   * @param length at most {@link #mostBytes}
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
    } else if (end == bytes.length) {
      makeRoom(Math.min(mostBytes, end - begin + 1));
    }
    int got = stream.read(bytes, end, bytes.length - end);
    end += Math.max(got, 0);
    return got;
  }

  private void makeRoom(int length) {
    if (begin + length <= bytes.length) {
      return;
    }
    int kept = end - begin;
    if (length <= bytes.length) {
      System.arraycopy(bytes, begin, bytes, 0, kept);
    } else {
      byte[] larger = new byte[Math.min(mostBytes, Math.max(length, 4 * bytes.length))];
      System.arraycopy(bytes, begin, larger, 0, kept);
      bytes = larger;
      view = ByteBuffer.wrap(larger);
    }
    end = kept;
    begin = 0;
  }

  /** Uses two bytes, which are available. */
  public int getShort() {
    int value = Short.toUnsignedInt((short) SHORT.get(bytes, begin));
    begin += Short.BYTES;
    return value;
  }

  /** Uses four bytes, which are available. */
  public int getInt() {
    int value = (int) INT.get(bytes, begin);
    begin += Integer.BYTES;
    return value;
  }

  /** Uses eight bytes, which are available. */
  public long getLong() {
    long value = (long) LONG.get(bytes, begin);
    begin += Long.BYTES;
    return value;
  }

  /** Looks at a number of four bytes, which are available, without using them. */
  public int peekInt() {
    return (int) INT.get(bytes, begin);
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
    ByteBuffer used = view.clear().position(begin).limit(begin + length);
    begin += length;
    return used;
  }

  /** Waits for bytes and moves them: what was received, then straight from the connection. */
  public void read(byte[] target, int offset, int length) throws IOException {
    int buffered = Math.min(length, available());
    System.arraycopy(bytes, begin, target, offset, buffered);
    begin += buffered;
    for (int done = buffered; done < length; ) {
      int got = stream.read(target, offset + done, length - done);
      if (got < 0) {
        throw new EOFException("the connection ended in the middle of a message");
      }
      done += got;
    }
  }

  /** Waits for bytes and drops them. */
  public void skip(long length) throws IOException {
    long left = length;
    while (left > 0) {
      int step = (int) Math.min(left, bytes.length);
      await(step);
      begin += step;
      left -= step;
    }
  }
}
