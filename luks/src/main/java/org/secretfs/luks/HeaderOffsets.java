package org.secretfs.luks;

/** The places where a secondary header may begin, which are the sizes that one copy may have. */
final class HeaderOffsets {
  /** Bytes of the binary header, which the JSON area follows. */
  static final int BINARY_HEADER_BYTES = 4096;

  private static final int FIRST = 16 << 10;
  private static final int COUNT = 9;

  private HeaderOffsets() {}

  /** The nine offsets in bytes, ascending: 16 KiB to 4 MiB. */
  static int[] all() {
    int[] offsets = new int[COUNT];
    for (int i = 0; i < COUNT; i++) {
      offsets[i] = FIRST << i;
    }
    return offsets;
  }

  static boolean isHeaderSize(long sizeBytes) {
    return sizeBytes >= FIRST
        && sizeBytes <= ((long) FIRST << (COUNT - 1))
        && Long.bitCount(sizeBytes) == 1;
  }
}
