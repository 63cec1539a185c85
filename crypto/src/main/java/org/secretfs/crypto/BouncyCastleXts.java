package org.secretfs.crypto;

import org.bouncycastle.crypto.BlockCipher;
import org.secretfs.crypto.memory.SecretBuffer;

/** XTS around a block cipher of Bouncy Castle, block by block. */
final class BouncyCastleXts extends EcbXts {
  private final BlockCipher tweakCipher;
  private final BlockCipher encryptCipher;
  private final BlockCipher decryptCipher;

  BouncyCastleXts(CipherSpec.Algorithm algorithm, SecretBuffer key) {
    int half = key.length() / 2;
    try (SecretBuffer dataKey = key.slice(0, half);
        SecretBuffer tweakKey = key.slice(half, half)) {
      this.tweakCipher = BouncyCastleCiphers.keyed(algorithm, true, tweakKey);
      this.encryptCipher = BouncyCastleCiphers.keyed(algorithm, true, dataKey);
      this.decryptCipher = BouncyCastleCiphers.keyed(algorithm, false, dataKey);
    }
  }

  @Override
  void encryptTweaks(byte[] tweaks, int length) {
    run(tweakCipher, tweaks, 0, length);
  }

  @Override
  void transform(boolean encrypt, byte[] data, int offset, int length) {
    run(encrypt ? encryptCipher : decryptCipher, data, offset, length);
  }

  private static void run(BlockCipher cipher, byte[] data, int offset, int length) {
    for (int at = offset; at < offset + length; at += BLOCK_BYTES) {
      cipher.processBlock(data, at, data, at);
    }
  }

  /** Bouncy Castle has no way to wipe a cipher; its keys go with the garbage. */
  @Override
  void closeKeys() {}
}
