package org.secretfs.crypto;

import java.security.GeneralSecurityException;
import javax.crypto.Cipher;
import javax.crypto.ShortBufferException;
import org.secretfs.crypto.memory.SecretBuffer;

/** AES-XTS around the JDK's {@code AES/ECB}, which keeps its round keys on the heap. */
final class JdkXts extends EcbXts {
  private final Cipher tweakCipher;
  private final Cipher encryptCipher;
  private final Cipher decryptCipher;

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
  void encryptTweaks(byte[] tweaks, int length) {
    update(tweakCipher, tweaks, 0, length);
  }

  @Override
  void transform(boolean encrypt, byte[] data, int offset, int length) {
    update(encrypt ? encryptCipher : decryptCipher, data, offset, length);
  }

  private static void update(Cipher cipher, byte[] data, int offset, int length) {
    try {
      cipher.update(data, offset, length, data, offset);
    } catch (ShortBufferException e) {
      throw new AssertionError("whole blocks in place always fit", e);
    }
  }

  /** The JDK has no way to wipe a cipher; its keys go with the garbage. */
  @Override
  void closeKeys() {}
}
