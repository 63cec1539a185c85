package org.secretfs.nbd.socket;

import java.io.Closeable;
import java.io.IOException;

/**
 * A connection's bytes in both directions. One thread at a time reads, one at a time writes; both
 * may happen at once.
 */
public interface ByteStream extends Closeable {
  /**
   * Waits for at least one byte.
   *
   * @return how many were read, or -1 at the end
   */
  int read(byte[] target, int offset, int length) throws IOException;

  /** Writes all. */
  void write(byte[] source, int offset, int length) throws IOException;

  /** Makes every read and write end soon, now and later; for other threads than theirs. */
  void abort();

  /** Gives the connection up. Nobody may be reading or writing. */
  @Override
  void close() throws IOException;
}
