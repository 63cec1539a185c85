package org.secretfs.nbd.server;

/** How replies look, as negotiated. */
enum ReplyStyle {
  /** Nothing was negotiated: 16 bytes, and data only after success. */
  SIMPLE(16, 0),
  /** NBD_OPT_STRUCTURED_REPLY. */
  STRUCTURED(20, 8),
  /** NBD_OPT_EXTENDED_HEADERS. */
  EXTENDED(32, 8);

  private final int headerBytes;
  private final int dataOffsetBytes;

  ReplyStyle(int headerBytes, int dataOffsetBytes) {
    this.headerBytes = headerBytes;
    this.dataOffsetBytes = dataOffsetBytes;
  }

  int headerBytes() {
    return headerBytes;
  }

  /** What precedes the data of a read. */
  int dataHeaderBytes() {
    return headerBytes + dataOffsetBytes;
  }
}
