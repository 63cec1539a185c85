package org.secretfs.block;

import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Page-aligned buffers in native memory for requests in flight, kept for the next ones so that a
 * steady flow of requests allocates nothing. System calls and native ciphers work in them without a
 * copy. One that is not given back is freed with the garbage.
 */
public final class BufferPool {
  private static final int PAGE_BYTES = 4096;

  private final int bufferBytes;
  private final BlockingQueue<ByteBuffer> kept;

  /**
   * @param bufferBytes the size of every buffer
   * @param mostKept how many idle ones are kept
   */
  public BufferPool(int bufferBytes, int mostKept) {
    this.bufferBytes = bufferBytes;
    this.kept = new ArrayBlockingQueue<>(mostKept);
  }

  /** The size of every buffer. */
  public int bufferBytes() {
    return bufferBytes;
  }

  /** Returns a buffer with any content, its position 0 and its limit {@code lengthBytes}. */
  public ByteBuffer take(int lengthBytes) {
    ByteBuffer idle = kept.poll();
    ByteBuffer buffer =
        idle == null ? Arena.ofAuto().allocate(bufferBytes, PAGE_BYTES).asByteBuffer() : idle;
    return buffer.clear().limit(lengthBytes);
  }

  /** Takes a buffer back; one too many is left to the collector. */
  public void give(ByteBuffer buffer) {
    boolean _ = kept.offer(buffer);
  }
}
