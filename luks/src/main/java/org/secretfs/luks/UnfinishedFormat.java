package org.secretfs.luks;

import java.util.Arrays;

/**
 * The mark that {@link Luks2Formatter} writes first and replaces last: the first sector of a
 * primary header that names itself unfinished and has no checksum. It fits into one sector of 512
 * bytes, which devices write whole or not at all.
 */
final class UnfinishedFormat {
  static final int SECTOR_BYTES = 512;
  private static final String SUBSYSTEM = "secretfs: format unfinished";

  private UnfinishedFormat() {}

  static byte[] mark(BinaryHeader header) {
    BinaryHeader marked =
        BinaryHeader.create(
            header.sizeBytes(), header.uuid(), "", SUBSYSTEM, new byte[BinaryHeader.SALT_BYTES]);
    return Arrays.copyOf(marked.toBytes(), SECTOR_BYTES);
  }

  /** Whether a first sector bears the mark. */
  static boolean isMark(byte[] sector) {
    if (!BinaryHeader.Copy.PRIMARY.marks(sector)) {
      return false;
    }
    BinaryHeader header = BinaryHeader.unchecked(Arrays.copyOf(sector, BinaryHeader.SIZE_BYTES));
    return header.subsystem().equals(SUBSYSTEM)
        && Arrays.equals(header.checksum(), new byte[BinaryHeader.CHECKSUM_BYTES]);
  }
}
