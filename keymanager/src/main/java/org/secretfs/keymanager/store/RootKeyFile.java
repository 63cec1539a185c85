package org.secretfs.keymanager.store;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.RootKey;

/**
 * A root key in clear, for development: 64 hexadecimal digits and a newline. Whoever has both it
 * and the database has all keys; whoever has one of them has nothing.
 */
final class RootKeyFile {
  private static final int KEY_BYTES = 32;
  private static final int DIGITS = 2 * KEY_BYTES;

  private RootKeyFile() {}

  /** The key as the file has it; the caller wipes it. */
  static byte[] text(RootKey root) {
    byte[] text = new byte[DIGITS + 1];
    writeHex(root.secret().segment(), text);
    text[DIGITS] = '\n';
    return text;
  }

  private static void writeHex(MemorySegment key, byte[] text) {
    for (int i = 0; i < KEY_BYTES; i++) {
      int value = Byte.toUnsignedInt(key.get(ValueLayout.JAVA_BYTE, i));
      text[2 * i] = (byte) Character.forDigit(value >> 4, 16);
      text[2 * i + 1] = (byte) Character.forDigit(value & 15, 16);
    }
  }

  static RootKey parse(Path file, byte[] text) throws KeyManagerException.RootKey {
    boolean newline = text.length == DIGITS + 1 && text[DIGITS] == '\n';
    if (text.length != DIGITS && !newline) {
      throw malformed(file);
    }
    byte[] key = new byte[KEY_BYTES];
    for (int i = 0; i < KEY_BYTES; i++) {
      int high = Character.digit(text[2 * i], 16);
      int low = Character.digit(text[2 * i + 1], 16);
      if (high < 0 || low < 0) {
        throw malformed(file);
      }
      key[i] = (byte) (high << 4 | low);
    }
    return RootKey.takeOver(SecretBuffer.takeFrom(key));
  }

  private static KeyManagerException.RootKey malformed(Path file) {
    return new KeyManagerException.RootKey(
        "root key %s: must be %d hexadecimal digits and a newline, or a sealed root"
            .formatted(file, DIGITS));
  }
}
