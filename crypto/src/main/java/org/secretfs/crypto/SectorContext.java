package org.secretfs.crypto;

/** A sector cipher with one key for one thread at a time. */
abstract class SectorContext implements AutoCloseable {
  static final int BLOCK_BYTES = 16;

  /**
   * Encrypts or decrypts whole data units in place; arguments are checked before.
   *
   * @param step what to add to the tweak from one unit to the next
   */
  abstract void run(
      boolean encrypt, byte[] data, int offset, int length, int unitBytes, long tweak, int step);

  @Override
  public abstract void close();
}
