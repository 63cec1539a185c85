package org.secretfs.nbd.socket;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A connection's bytes in both directions. One thread at a time reads, one at a time writes; both
 * may happen at once. Direct buffers reach the kernel as they are.
 */
public interface ByteStream extends Closeable {
  /**
   * Waits for at least one byte.
   *
   * @param target has room for at least one
   * @return how many were read, or -1 at the end
   */
  int read(ByteBuffer target) throws IOException;

  /** Writes all that remains. */
  void write(ByteBuffer source) throws IOException;

  /**
   * Whether the other end is known to be gone, or to send no more, without reading what it sent
   * before; for other threads than the one that reads. A stream that cannot tell says no.
   */
  default boolean isHungUp() {
    return false;
  }

  /** Makes every read and write end soon, now and later; for other threads than theirs. */
  void abort();

  /** Gives the connection up. Nobody may be reading or writing. */
  @Override
  void close() throws IOException;
}
