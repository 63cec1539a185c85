package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;

/**
 * Encrypts and decrypts whole sectors in place, as dm-crypt does: the tweak of a sector, or what
 * its initialization vector is made of, is its number in units of 512 bytes, whatever the sector
 * size.
 *
 * <p>Safe for use by several threads at once. Holds key material; whoever creates one closes it.
 * Lengths are multiples of the sector size; anything else is an {@link IllegalArgumentException}.
 */
public interface SectorCipher extends AutoCloseable {
  /** Bytes per encryption unit: 512, 1024, 2048 or 4096. */
  int sectorSize();

  /** A short name of the implementation, as {@code doctor} reports it. */
  String provider();

  /**
   * Encrypts in place, in native memory or in an array of bytes.
   *
   * @param data the sectors; its length is a multiple of {@link #sectorSize}
   * @param firstTweak the tweak of the first sector: its offset on the segment in units of 512
   *     bytes plus the segment's {@code iv_tweak}
   */
  void encrypt(MemorySegment data, long firstTweak);

  /** Decrypts in place; parameters as for {@link #encrypt(MemorySegment, long)}. */
  void decrypt(MemorySegment data, long firstTweak);

  /**
   * Encrypts in place.
   *
   * @param data the array that holds the sectors
   * @param offset where the first sector begins in {@code data}, in bytes
   * @param length bytes, a multiple of {@link #sectorSize}
   * @param firstTweak the tweak of the first sector: its offset on the segment in units of 512
   *     bytes plus the segment's {@code iv_tweak}
   */
  default void encrypt(byte[] data, int offset, int length, long firstTweak) {
    encrypt(MemorySegment.ofArray(data).asSlice(offset, length), firstTweak);
  }

  /** Decrypts in place; parameters as for {@link #encrypt(byte[], int, int, long)}. */
  default void decrypt(byte[] data, int offset, int length, long firstTweak) {
    decrypt(MemorySegment.ofArray(data).asSlice(offset, length), firstTweak);
  }

  /** Drops the key; nothing may be called afterwards. */
  @Override
  void close();
}
