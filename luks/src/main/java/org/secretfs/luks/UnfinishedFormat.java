package org.secretfs.luks;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;

/**
 * The mark that {@link Luks2Formatter} writes first and replaces last: the first sector of a
 * primary header that names itself unfinished and has no checksum. It fits into one sector of 512
 * bytes, which devices write whole or not at all. It keeps the label of the volume that was to be.
 */
public final class UnfinishedFormat {
  static final int SECTOR_BYTES = 512;
  private static final String SUBSYSTEM = "secretfs: format unfinished";

  private UnfinishedFormat() {}

  /**
   * The label of the volume whose format began here and did not finish; empty if none did. To be
   * asked where {@link LuksProbe} found {@link LuksProbe.Kind#UNFINISHED_FORMAT}.
   */
  public static Optional<String> label(LuksStorage storage) throws IOException {
    byte[] sector = HeaderCopies.firstSector(storage);
    return isMark(sector) ? Optional.of(unchecked(sector).label()) : Optional.empty();
  }

  private static BinaryHeader unchecked(byte[] sector) {
    return BinaryHeader.unchecked(Arrays.copyOf(sector, BinaryHeader.SIZE_BYTES));
  }

  static byte[] mark(BinaryHeader header) {
    BinaryHeader marked =
        BinaryHeader.create(
            header.sizeBytes(),
            header.uuid(),
            header.label(),
            SUBSYSTEM,
            new byte[BinaryHeader.SALT_BYTES]);
    return Arrays.copyOf(marked.toBytes(), SECTOR_BYTES);
  }

  /** Whether a first sector bears the mark. */
  static boolean isMark(byte[] sector) {
    if (!BinaryHeader.Copy.PRIMARY.marks(sector)) {
      return false;
    }
    BinaryHeader header = unchecked(sector);
    return header.subsystem().equals(SUBSYSTEM)
        && Arrays.equals(header.checksum(), new byte[BinaryHeader.CHECKSUM_BYTES]);
  }
}
