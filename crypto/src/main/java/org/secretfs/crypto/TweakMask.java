package org.secretfs.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The tweaks of all blocks of a stretch of sectors: what XTS adds to the data before and after the
 * block cipher.
 */
final class TweakMask {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final int BLOCK_BYTES = SectorContext.BLOCK_BYTES;

  /** What a carry out of the 128th bit adds: x^7 + x^2 + x + 1. */
  private static final long REDUCTION = 0x87;

  private final byte[] sectorTweaks;
  private final byte[] mask;

  TweakMask(int mostBytes) {
    this.sectorTweaks = new byte[mostBytes];
    this.mask = new byte[mostBytes];
  }

  /** Where {@link #setSectors} leaves the tweaks of the sectors, to be encrypted. */
  byte[] sectorTweaks() {
    return sectorTweaks;
  }

  /** Writes the plain tweaks of sectors, a block each; returns how many bytes that is. */
  int setSectors(int sectors, long first, int step) {
    long tweak = first;
    for (int at = 0; at < sectors * BLOCK_BYTES; at += BLOCK_BYTES) {
      LONGS.set(sectorTweaks, at, tweak);
      LONGS.set(sectorTweaks, at + Long.BYTES, 0L);
      tweak += step;
    }
    return sectors * BLOCK_BYTES;
  }

  /** Doubles every sector's encrypted tweak out over its blocks. */
  void expand(int sectors, int unitBytes) {
    for (int i = 0; i < sectors; i++) {
      expand(sectorTweaks, i * BLOCK_BYTES, mask, i * unitBytes, (i + 1) * unitBytes);
    }
  }

  private static void expand(byte[] from, int at, byte[] to, int start, int end) {
    long low = (long) LONGS.get(from, at);
    long high = (long) LONGS.get(from, at + Long.BYTES);
    for (int block = start; block < end; block += BLOCK_BYTES) {
      LONGS.set(to, block, low);
      LONGS.set(to, block + Long.BYTES, high);
      long carry = (high >> 63) & REDUCTION;
      high = (high << 1) | (low >>> 63);
      low = (low << 1) ^ carry;
    }
  }

  /** Adds the mask to data. */
  void addTo(byte[] data, int offset, int length) {
    add(mask, data, offset, length);
  }

  private static void add(byte[] mask, byte[] data, int offset, int length) {
    for (int i = 0; i < length; i += Long.BYTES) {
      long sum = (long) LONGS.get(data, offset + i) ^ (long) LONGS.get(mask, i);
      LONGS.set(data, offset + i, sum);
    }
  }

  void wipe() {
    Arrays.fill(mask, (byte) 0);
    Arrays.fill(sectorTweaks, (byte) 0);
  }
}
