package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;

/** A sector cipher with one key for one thread at a time. */
abstract class SectorContext implements AutoCloseable {
  static final int BLOCK_BYTES = 16;

  /**
   * Encrypts or decrypts whole data units in place; arguments are checked before.
   *
   * @param data in native memory or an array of bytes
   * @param step what to add to the tweak from one unit to the next
   */
  abstract void run(boolean encrypt, MemorySegment data, int unitBytes, long tweak, int step);

  @Override
  public abstract void close();
}
