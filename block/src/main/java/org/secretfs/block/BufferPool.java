package org.secretfs.block;

import java.nio.ByteBuffer;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/**
 * Arrays of 256 KiB for requests in flight, kept for the next ones so that a steady flow of
 * requests allocates nothing. The size keeps a request's piece in the processor's second-level
 * cache between encryption and copy.
 */
final class BufferPool {
  static final int BUFFER_BYTES = 256 << 10;
  private static final int MOST_KEPT = 32;

  private final BlockingQueue<Chunk> kept = new ArrayBlockingQueue<>(MOST_KEPT);

  /** An array for ciphers, and the same as a buffer for devices. */
  static final class Chunk {
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private final ByteBuffer view = ByteBuffer.wrap(bytes);

    byte[] bytes() {
      return bytes;
    }

    /** The first {@code lengthBytes} as a buffer; the same one at each call. */
    ByteBuffer view(int lengthBytes) {
      return view.clear().limit(lengthBytes);
    }
  }

  /** Returns a chunk with any content. */
  Chunk take() {
    Chunk chunk = kept.poll();
    return chunk == null ? new Chunk() : chunk;
  }

  /** Gives a chunk back; one too many is left to the collector. */
  void give(Chunk chunk) {
    boolean _ = kept.offer(chunk);
  }
}
