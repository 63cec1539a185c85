package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The first steps of a format, each of which ends with a barrier but the last: the mark of an
 * unfinished format; zeroes over every secondary header of an older LUKS2 volume, so that none is
 * ever found again; zeroes over the rest of the header area.
 */
final class FormatArea {
  private static final int CHUNK_BYTES = 1 << 20;

  private FormatArea() {}

  /**
   * Marks and clears the device from its begin to {@code endBytes}.
   *
   * @param header what the mark is made of
   */
  static void clear(LuksStorage storage, BinaryHeader header, long endBytes) throws IOException {
    storage.write(ByteBuffer.wrap(UnfinishedFormat.mark(header)), 0);
    storage.sync();
    clearSecondaries(storage);
    zero(storage, UnfinishedFormat.SECTOR_BYTES, endBytes);
  }

  private static void clearSecondaries(LuksStorage storage) throws IOException {
    for (int offset : HeaderOffsets.all()) {
      if (RawCopy.hasMagic(storage, BinaryHeader.Copy.SECONDARY, offset)) {
        zero(storage, offset, offset + (long) UnfinishedFormat.SECTOR_BYTES);
      }
    }
    storage.sync();
  }

  /** Writes zeroes from one offset to another. */
  static void zero(LuksStorage storage, long beginBytes, long endBytes) throws IOException {
    for (long offset = beginBytes; offset < endBytes; offset += CHUNK_BYTES) {
      int length = (int) Math.min(CHUNK_BYTES, endBytes - offset);
      storage.write(ByteBuffer.allocate(length), offset);
    }
  }
}
