package org.secretfs.nbd.socket;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * What is to be sent, in an array that grows up to a limit. Numbers are big-endian. For one thread;
 * several buffers of one connection take turns by the lock they share.
 */
public final class OutputBuffer {
  private static final int FIRST_BYTES = 16 << 10;
  private static final VarHandle SHORT =
      MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private final ByteStream stream;
  private final Object turn;
  private final int mostBytes;
  private byte[] bytes;
  private ByteBuffer view;
  private int end;

  /**
   * @param turn the monitor of the connection's sending side
   * @param mostBytes the largest size of the array
   */
  public OutputBuffer(ByteStream stream, Object turn, int mostBytes) {
    this.stream = stream;
    this.turn = turn;
    this.mostBytes = mostBytes;
    this.bytes = new byte[Math.min(FIRST_BYTES, mostBytes)];
    this.view = ByteBuffer.wrap(bytes);
  }

  public boolean isEmpty() {
    return end == 0;
  }

  /**
   * Makes room for a message that must not be torn apart, sending what is there if need be.
   *
   * @param length at most the largest size
   */
  public void reserve(int length) throws IOException {
    if (length > mostBytes - end) {
      flush();
    }
    if (length > bytes.length - end) {
      byte[] larger = new byte[Math.min(mostBytes, Math.max(end + length, 4 * bytes.length))];
      System.arraycopy(bytes, 0, larger, 0, end);
      bytes = larger;
      view = ByteBuffer.wrap(larger);
    }
  }

  /** Sends all. Whatever was put since the last {@link #reserve} of an empty buffer stays whole. */
  public void flush() throws IOException {
    if (end == 0) {
      return;
    }
    synchronized (turn) {
      stream.write(bytes, 0, end);
    }
    end = 0;
  }

  /** Sends all, and right behind it the first bytes of an array. */
  public void flushWith(byte[] array, int length) throws IOException {
    synchronized (turn) {
      stream.write(bytes, 0, end);
      stream.write(array, 0, length);
    }
    end = 0;
  }

  public OutputBuffer putShort(int value) {
    SHORT.set(bytes, end, (short) value);
    end += Short.BYTES;
    return this;
  }

  public OutputBuffer putInt(int value) {
    INT.set(bytes, end, value);
    end += Integer.BYTES;
    return this;
  }

  public OutputBuffer putLong(long value) {
    LONG.set(bytes, end, value);
    end += Long.BYTES;
    return this;
  }

  public OutputBuffer put(byte[] source) {
    System.arraycopy(source, 0, bytes, end, source.length);
    end += source.length;
    return this;
  }

  public OutputBuffer put(String text) {
    return put(text.getBytes(StandardCharsets.UTF_8));
  }

  public OutputBuffer putZeroes(int length) {
    java.util.Arrays.fill(bytes, end, end + length, (byte) 0);
    end += length;
    return this;
  }

  /** Where the next byte goes; with {@link #rewind} it takes back a message half made. */
  public int position() {
    return end;
  }

  /** Drops what was put after {@code position}. */
  public void rewind(int position) {
    end = position;
  }

  /** Overwrites a number that was put before. */
  public void setInt(int position, int value) {
    INT.set(bytes, position, value);
  }

  /**
   * Adds bytes of any content, to be filled.
   *
   * @return a view of them that is good until the next call of any method
   */
  public ByteBuffer room(int length) {
    ByteBuffer room = view.clear().position(end).limit(end + length);
    end += length;
    return room;
  }
}
