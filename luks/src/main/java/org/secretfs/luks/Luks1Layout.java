package org.secretfs.luks;

/**
 * Where cryptsetup puts keyslot areas and data of a new LUKS1 volume: areas from 4096 bytes on,
 * each rounded up to 4096; the data behind them or where it is asked for.
 *
 * @param payloadOffsetBytes 0 where the header lives on a device of its own
 * @param areaBytes the bytes from the begin of one area to that of the next
 */
record Luks1Layout(long payloadOffsetBytes, long areaBytes) {
  static final int ALIGNMENT_BYTES = 4096;

  static Luks1Layout of(int keyBytes, long payloadOffsetBytes) {
    long areaBytes = NewKeyslot.areaBytes(keyBytes);
    return new Luks1Layout(payloadOffsetBytes, areaBytes);
  }

  long keyslotOffsetBytes(int number) {
    return ALIGNMENT_BYTES + number * areaBytes;
  }

  /** Where the last area ends: the least payload offset, and the least size of a header device. */
  long endBytes() {
    return keyslotOffsetBytes(Luks1Header.KEYSLOTS);
  }
}
