package org.secretfs.luks;

import java.nio.ByteBuffer;

/**
 * One of the eight entries of a LUKS1 header.
 *
 * @param state {@link #ENABLED} or {@link #DISABLED}
 * @param offsetBytes where its area begins, a multiple of 512
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Luks1Keyslot(int state, long iterations, byte[] salt, long offsetBytes, long stripes) {
  static final int ENABLED = 0x00AC71F3;
  static final int DISABLED = 0x0000DEAD;

  static Luks1Keyslot read(ByteBuffer entry) {
    int state = entry.getInt();
    long iterations = Integer.toUnsignedLong(entry.getInt());
    byte[] salt = new byte[Luks1Header.SALT_BYTES];
    entry.get(salt);
    long offset = Integer.toUnsignedLong(entry.getInt()) * Luks1Header.SECTOR_BYTES;
    return new Luks1Keyslot(
        state, iterations, salt, offset, Integer.toUnsignedLong(entry.getInt()));
  }

  void write(ByteBuffer entry) {
    entry.putInt(state).putInt((int) iterations).put(salt);
    entry.putInt((int) (offsetBytes / Luks1Header.SECTOR_BYTES)).putInt((int) stripes);
  }

  /** A keyslot that is not in use, of which only the place of its area counts. */
  static Luks1Keyslot disabled(long offsetBytes) {
    byte[] noSalt = new byte[Luks1Header.SALT_BYTES];
    return new Luks1Keyslot(DISABLED, 0, noSalt, offsetBytes, Keyslot.STRIPES);
  }

  /** A keyslot in use. */
  static Luks1Keyslot enabled(long offsetBytes, int iterations, byte[] salt) {
    return new Luks1Keyslot(ENABLED, iterations, salt, offsetBytes, Keyslot.STRIPES);
  }

  /** This keyslot with its area elsewhere. */
  Luks1Keyslot at(long otherOffsetBytes) {
    return new Luks1Keyslot(state, iterations, salt, otherOffsetBytes, stripes);
  }

  boolean isEnabled() {
    return state == ENABLED;
  }
}
