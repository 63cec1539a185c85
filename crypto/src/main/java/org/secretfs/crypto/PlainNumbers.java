package org.secretfs.crypto;

import java.util.Objects;

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
  public void encrypt(byte[] data, int offset, int length, long firstTweak) {
    run(cipher::encrypt, data, offset, length, firstTweak);
  }

  @Override
  public void decrypt(byte[] data, int offset, int length, long firstTweak) {
    run(cipher::decrypt, data, offset, length, firstTweak);
  }

  private void run(Transform transform, byte[] data, int offset, int length, long firstTweak) {
    Objects.checkFromIndexSize(offset, length, data.length);
    int step = Math.max(1, sectorSize() / NUMBER_UNIT_BYTES);
    int done = 0;
    do {
      long number = (firstTweak + (long) done / sectorSize() * step) & (NUMBERS - 1);
      long sectorsLeft = Math.ceilDiv(NUMBERS - number, step);
      int part = (int) Math.min(length - done, sectorsLeft * sectorSize());
      transform.run(data, offset + done, part, number);
      done += part;
    } while (done < length);
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
    void run(byte[] data, int offset, int length, long firstTweak);
  }
}
