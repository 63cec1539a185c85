package org.secretfs.crypto;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.bouncycastle.crypto.BlockCipher;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;

/** CBC per sector around a block cipher of Bouncy Castle. */
final class BouncyCastleCbc extends ArrayContext {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final BlockCipher encryptCipher;
  private final BlockCipher decryptCipher;
  private final @Nullable BlockCipher essiv;
  private final byte[] vector = new byte[BLOCK_BYTES];
  private final byte[] ciphertext = new byte[BLOCK_BYTES];

  BouncyCastleCbc(CipherSpec.Algorithm algorithm, SecretBuffer key, boolean essiv) {
    this.encryptCipher = BouncyCastleCiphers.keyed(algorithm, true, key);
    this.decryptCipher = BouncyCastleCiphers.keyed(algorithm, false, key);
    this.essiv = essiv ? essivCipher(algorithm, key) : null;
  }

  private static BlockCipher essivCipher(CipherSpec.Algorithm algorithm, SecretBuffer key) {
    try (SecretBuffer hashed = Essiv.keyOf(key)) {
      return BouncyCastleCiphers.keyed(algorithm, true, hashed);
    }
  }

  @Override
  void run(
      boolean encrypt, byte[] data, int offset, int length, int unitBytes, long first, int step) {
    long number = first;
    for (int at = offset; at < offset + length; at += unitBytes) {
      setVector(number);
      if (encrypt) {
        encryptSector(data, at, unitBytes);
      } else {
        decryptSector(data, at, unitBytes);
      }
      number += step;
    }
  }

  private void setVector(long number) {
    LONGS.set(vector, 0, number);
    LONGS.set(vector, Long.BYTES, 0L);
    if (essiv != null) {
      essiv.processBlock(vector, 0, vector, 0);
    }
  }

  private void encryptSector(byte[] data, int offset, int length) {
    for (int at = offset; at < offset + length; at += BLOCK_BYTES) {
      add(vector, data, at);
      encryptCipher.processBlock(data, at, data, at);
      System.arraycopy(data, at, vector, 0, BLOCK_BYTES);
    }
  }

  private void decryptSector(byte[] data, int offset, int length) {
    for (int at = offset; at < offset + length; at += BLOCK_BYTES) {
      System.arraycopy(data, at, ciphertext, 0, BLOCK_BYTES);
      decryptCipher.processBlock(data, at, data, at);
      add(vector, data, at);
      System.arraycopy(ciphertext, 0, vector, 0, BLOCK_BYTES);
    }
  }

  private static void add(byte[] block, byte[] data, int offset) {
    for (int i = 0; i < BLOCK_BYTES; i += Long.BYTES) {
      long sum = (long) LONGS.get(data, offset + i) ^ (long) LONGS.get(block, i);
      LONGS.set(data, offset + i, sum);
    }
  }

  /** Bouncy Castle has no way to wipe a cipher; its keys go with the garbage. */
  @Override
  public void close() {
    super.close();
  }
}
