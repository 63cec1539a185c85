package org.secretfs.keymanager.store;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * A root key in a file: 64 hexadecimal digits and a newline, mode 0600.
 *
 * <p>The root key wraps every other key. Whoever has both it and the database has all keys; whoever
 * has one of them has nothing.
 */
public final class RootKeyFile {
  private static final int KEY_BYTES = 32;
  private static final int DIGITS = 2 * KEY_BYTES;

  private RootKeyFile() {}

  /** Makes a new key in a file that must not exist. */
  public static void create(Path file) throws KeyManagerException {
    byte[] text = new byte[DIGITS + 1];
    try (SecretBuffer key = SecretBuffer.random(KEY_BYTES)) {
      writeHex(key.segment(), text);
      text[DIGITS] = '\n';
      PrivateFiles.directoryOf(file);
      PrivateFiles.create(file, text);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("root key %s: cannot be made".formatted(file), e);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private static void writeHex(MemorySegment key, byte[] text) {
    for (int i = 0; i < KEY_BYTES; i++) {
      int value = Byte.toUnsignedInt(key.get(ValueLayout.JAVA_BYTE, i));
      text[2 * i] = (byte) Character.forDigit(value >> 4, 16);
      text[2 * i + 1] = (byte) Character.forDigit(value & 15, 16);
    }
  }

  /**
   * Reads the key.
   *
   * @return the key, which the caller closes
   * @throws KeyManagerException.RootKey if the file is missing, not of this form, or open to others
   */
  public static SecretBuffer read(Path file) throws KeyManagerException {
    if (!Files.isRegularFile(file)) {
      throw new KeyManagerException.RootKey("root key %s: no such file".formatted(file));
    }
    byte[] text = new byte[0];
    try {
      refuseIfOpenToOthers(file);
      text = readBounded(file);
      return parse(file, text);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("root key %s: cannot be read".formatted(file), e);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private static void refuseIfOpenToOthers(Path file) throws IOException, KeyManagerException {
    if (PrivateFiles.openToOthers(file)) {
      throw new KeyManagerException.RootKey(
          "root key %s: others than its owner have rights to it; the mode must be 0600"
              .formatted(file));
    }
  }

  private static byte[] readBounded(Path file) throws IOException {
    try (var in = Files.newInputStream(file)) {
      return in.readNBytes(DIGITS + 2);
    }
  }

  private static SecretBuffer parse(Path file, byte[] text) throws KeyManagerException.RootKey {
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
    return SecretBuffer.takeFrom(key);
  }

  private static KeyManagerException.RootKey malformed(Path file) {
    return new KeyManagerException.RootKey(
        "root key %s: must be %d hexadecimal digits and a newline".formatted(file, DIGITS));
  }
}
