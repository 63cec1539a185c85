package org.secretfs.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A fixed-size row of bytes that survives: a file, a kernel block device, or an encrypted device
 * over another.
 *
 * <p>Safe for use by several threads at once; what overlapping requests in flight leave behind is
 * unspecified. A request outside the device is an {@link IllegalArgumentException}. After an {@link
 * IOException} from a write, the bytes of that request are unspecified and all others unchanged.
 */
public interface BlockDevice extends Closeable {
  /** The size in bytes. */
  long sizeBytes();

  /** Fills {@code target} from its position to its limit, starting at {@code offsetBytes}. */
  void read(ByteBuffer target, long offsetBytes) throws IOException;

  /**
   * Writes {@code source} from its position to its limit, starting at {@code offsetBytes}. May
   * change the content of {@code source}: encryption happens in place.
   */
  void write(ByteBuffer source, long offsetBytes) throws IOException;

  /** Makes everything written before durable. */
  void flush() throws IOException;

  /** Allows the device to forget a range; reading it afterwards gives anything. */
  void trim(long offsetBytes, long lengthBytes) throws IOException;

  /** Makes a range read as zeroes. */
  void writeZeroes(long offsetBytes, long lengthBytes) throws IOException;
}
