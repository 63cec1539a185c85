package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * Moves keyslot areas of LUKS1 so that a crash leaves each keyslot in the one place or the other.
 */
final class Luks1Areas {
  private Luks1Areas() {}

  static byte[] content(LuksStorage storage, Luks1Header header, long offsetBytes)
      throws IOException {
    byte[] content = new byte[Keyslot.splitBytes((int) header.keyBytes())];
    storage.read(ByteBuffer.wrap(content), offsetBytes);
    return content;
  }

  /** Copies an area, durably, to a place that is free and apart from it. */
  static void copy(LuksStorage storage, Luks1Header header, long fromBytes, long toBytes)
      throws IOException {
    storage.write(ByteBuffer.wrap(content(storage, header, fromBytes)), toBytes);
    storage.sync();
  }

  /**
   * Copies the area of keyslot {@code number}, has the header name the copy, and destroys it where
   * it was.
   *
   * @return the header that is in effect now
   */
  static Luks1Header move(LuksStorage storage, Luks1Header header, int number, long toBytes)
      throws IOException {
    long former = header.keyslot(number).offsetBytes();
    copy(storage, header, former, toBytes);
    Luks1Header moved = header.with(number, header.keyslot(number).at(toBytes));
    // The offset of a keyslot lies in one of the two sectors; the other does not change.
    moved.writeSector(storage, 0);
    moved.writeSector(storage, 1);
    KeyslotArea.destroy(storage, Luks1Rules.area(moved, former));
    return moved;
  }

  /**
   * Moves the area that a keyslot in use has behind the others to 4096, where cryptsetup wants the
   * first one, if there is room.
   */
  static void moveLastToBegin(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      Luks1Header header = Luks1Header.read(storage);
      long areaBytes = NewKeyslot.areaBytes((int) header.keyBytes());
      int last = 0;
      long first = Long.MAX_VALUE;
      for (int number = 0; number < Luks1Header.KEYSLOTS; number++) {
        long offset = header.keyslot(number).offsetBytes();
        first = Math.min(first, offset);
        last = offset > header.keyslot(last).offsetBytes() ? number : last;
      }
      if (first >= Luks1Layout.ALIGNMENT_BYTES + areaBytes) {
        Luks1Header _ = move(storage, header, last, Luks1Layout.ALIGNMENT_BYTES);
      }
    }
  }
}
