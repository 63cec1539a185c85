package org.secretfs.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * AES-XTS around the JDK's {@code AES/ECB}, whose intrinsic is fast over long input and slow to
 * call. So a request goes in chunks: the tweaks of all its sectors are encrypted in one call,
 * doubled out into one array, XORed in, all blocks encrypted in one call, and the tweaks XORed in
 * again. A chunk is small enough to stay in the processor's cache through these passes. Allocates
 * nothing per request.
 */
final class JdkXts extends XtsContext {
  private static final int CHUNK_BYTES = 16 * 1024;
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /** What a carry out of the 128th bit adds: x^7 + x^2 + x + 1. */
  private static final long REDUCTION = 0x87;

  private final Cipher tweakCipher;
  private final Cipher encryptCipher;
  private final Cipher decryptCipher;
  private final byte[] sectorTweaks = new byte[CHUNK_BYTES];
  private final byte[] tweaks = new byte[CHUNK_BYTES];

  JdkXts(SecretBuffer key) {
    int half = key.length() / 2;
    try (SecretBuffer dataKey = key.slice(0, half);
        SecretBuffer tweakKey = key.slice(half, half)) {
      this.tweakCipher = ecb(Cipher.ENCRYPT_MODE, tweakKey);
      this.encryptCipher = ecb(Cipher.ENCRYPT_MODE, dataKey);
      this.decryptCipher = ecb(Cipher.DECRYPT_MODE, dataKey);
    }
  }

  @SuppressWarnings("InsecureCryptoUsage") // the building block of XTS, never used on its own
  private static Cipher ecb(int mode, SecretBuffer key) {
    try {
      Cipher cipher = Cipher.getInstance("AES/ECB/NoPadding", "SunJCE");
      cipher.init(mode, new KeyView(key, "AES"));
      return cipher;
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has AES", e);
    }
  }

  @Override
  void run(
      boolean encrypt, byte[] data, int offset, int length, int unitBytes, long tweak, int step) {
    int chunk = CHUNK_BYTES / unitBytes * unitBytes;
    long next = tweak;
    for (int done = 0; done < length; done += chunk) {
      int bytes = Math.min(chunk, length - done);
      next = expandTweaks(bytes, unitBytes, next, step);
      xor(data, offset + done, bytes);
      transform(encrypt ? encryptCipher : decryptCipher, data, offset + done, bytes);
      xor(data, offset + done, bytes);
    }
  }

  /** Fills {@link #tweaks} for as many units as {@code bytes} hold; returns the tweak after. */
  private long expandTweaks(int bytes, int unitBytes, long first, int step) {
    int units = bytes / unitBytes;
    for (int i = 0; i < units; i++) {
      LONGS.set(sectorTweaks, i * BLOCK_BYTES, first + (long) i * step);
      LONGS.set(sectorTweaks, i * BLOCK_BYTES + Long.BYTES, 0L);
    }
    transform(tweakCipher, sectorTweaks, 0, units * BLOCK_BYTES);
    for (int i = 0; i < units; i++) {
      doubleOut(i, unitBytes);
    }
    return first + (long) units * step;
  }

  private void doubleOut(int unit, int unitBytes) {
    long low = (long) LONGS.get(sectorTweaks, unit * BLOCK_BYTES);
    long high = (long) LONGS.get(sectorTweaks, unit * BLOCK_BYTES + Long.BYTES);
    int end = (unit + 1) * unitBytes;
    for (int at = unit * unitBytes; at < end; at += BLOCK_BYTES) {
      LONGS.set(tweaks, at, low);
      LONGS.set(tweaks, at + Long.BYTES, high);
      long carry = (high >> 63) & REDUCTION;
      high = (high << 1) | (low >>> 63);
      low = (low << 1) ^ carry;
    }
  }

  private void xor(byte[] data, int offset, int length) {
    byte[] mask = tweaks;
    for (int i = 0; i < length; i++) {
      data[offset + i] ^= mask[i];
    }
  }

  private static void transform(Cipher cipher, byte[] data, int offset, int length) {
    try {
      cipher.update(data, offset, length, data, offset);
    } catch (ShortBufferException e) {
      throw new AssertionError("whole blocks in place always fit", e);
    }
  }

  @Override
  public void close() {
    java.util.Arrays.fill(tweaks, (byte) 0);
    java.util.Arrays.fill(sectorTweaks, (byte) 0);
  }
}
