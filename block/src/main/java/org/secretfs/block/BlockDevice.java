package org.secretfs.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A row of bytes that survives: a file, a kernel block device, or an encrypted device over another.
 *
 * <p>Safe for use by several threads at once; what overlapping requests in flight leave behind is
 * unspecified. A request outside the device is an {@link IllegalArgumentException}. After an {@link
 * IOException} from a write, the bytes of that request are unspecified and all others unchanged.
 */
public interface BlockDevice extends Closeable {
  /** The size in bytes; may grow or shrink while the device is open, if its backing does. */
  long sizeBytes();

  /** Fills {@code target} from its position to its limit, starting at {@code offsetBytes}. */
  void read(ByteBuffer target, long offsetBytes) throws IOException;

  /**
   * Writes {@code source} from its position to its limit, starting at {@code offsetBytes}. May
   * change the content of {@code source}: encryption happens in place.
   */
  void write(ByteBuffer source, long offsetBytes) throws IOException;

  /**
   * Writes as {@link #write} does, and returns when these bytes are durable (FUA). Where the device
   * has no cheaper way, this flushes.
   */
  default void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    write(source, offsetBytes);
    flush();
  }

  /** Makes everything written before durable. */
  void flush() throws IOException;

  /** Allows the device to forget a range; reading it afterwards gives anything. */
  void trim(long offsetBytes, long lengthBytes) throws IOException;

  /** Makes a range read as zeroes, and keeps or makes it allocated. */
  void writeZeroes(long offsetBytes, long lengthBytes) throws IOException;

  /** Makes a range read as zeroes, in the cheapest way: it may leave a hole. */
  default void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    writeZeroes(offsetBytes, lengthBytes);
  }

  /** Whether {@link #zeroOrPunch} costs less than writing the zeroes would. */
  default boolean zeroesFast() {
    return false;
  }

  /**
   * Tells which parts of a range are allocated, in order and without gaps, until the range or the
   * listener ends it. A device that does not know tells one part that is data.
   */
  default void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    listener.extent(lengthBytes, false, false);
  }

  /** Hears of the parts of a range. */
  @FunctionalInterface
  interface ExtentListener {
    /**
     * The next part.
     *
     * @param hole whether it takes no room on the backing store
     * @param zero whether it reads as zeroes
     * @return whether to go on
     */
    boolean extent(long lengthBytes, boolean hole, boolean zero) throws IOException;
  }
}
