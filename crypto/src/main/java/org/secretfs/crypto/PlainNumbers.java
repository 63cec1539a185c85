package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;

/**
 * Gives a cipher of 64-bit sector numbers their lower 32 bits only, as dm-crypt's {@code plain}
 * does: a request across a multiple of 2^32 is done in parts.
 */
final class PlainNumbers implements SectorCipher {
  private static final long NUMBERS = 1L << 32;
  private static final int NUMBER_UNIT_BYTES = 512;

  private final SectorCipher cipher;

  PlainNumbers(SectorCipher cipher) {
    this.cipher = cipher;
  }

  @Override
  public int sectorSize() {
    return cipher.sectorSize();
  }

  @Override
  public String provider() {
    return cipher.provider();
  }

  @Override
  public void encrypt(MemorySegment data, long firstTweak) {
    run(cipher::encrypt, data, firstTweak);
  }

  @Override
  public void decrypt(MemorySegment data, long firstTweak) {
    run(cipher::decrypt, data, firstTweak);
  }

  private void run(Transform transform, MemorySegment data, long firstTweak) {
    int step = Math.max(1, sectorSize() / NUMBER_UNIT_BYTES);
    long done = 0;
    do {
      long number = (firstTweak + done / sectorSize() * step) & (NUMBERS - 1);
      long sectorsLeft = Math.ceilDiv(NUMBERS - number, step);
      long part = Math.min(data.byteSize() - done, sectorsLeft * sectorSize());
      transform.run(data.asSlice(done, part), number);
      done += part;
    } while (done < data.byteSize());
  }

  @Override
  public void close() {
    cipher.close();
  }

  @Override
  public String toString() {
    return cipher.toString();
  }

  @FunctionalInterface
  private interface Transform {
    void run(MemorySegment data, long firstTweak);
  }
}
