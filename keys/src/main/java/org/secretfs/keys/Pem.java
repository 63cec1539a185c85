package org.secretfs.keys;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;

/**
 * One object of a PEM file: what it says it is, and its bytes. The bytes may be a key: close it.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc7468 RFC 7468 Textual Encodings
 */
final class Pem implements AutoCloseable {
  private static final int MOST_BYTES = 64 << 10;
  private static final String BEGIN = "-----BEGIN ";
  private static final String DASHES = "-----";

  private final String label;
  private final byte[] der;

  private Pem(String label, byte[] der) {
    this.label = label;
    this.der = der;
  }

  /** The text between BEGIN and the dashes, such as {@code PUBLIC KEY}. */
  String label() {
    return label;
  }

  /** Wiped when this is closed. */
  byte[] der() {
    return der;
  }

  /** Reads a file with exactly one object in it. */
  static Pem read(Path file) throws KeySourceException {
    byte[] text = new byte[0];
    try (InputStream in = Files.newInputStream(file)) {
      text = in.readNBytes(MOST_BYTES + 1);
      return parse(file, text);
    } catch (NoSuchFileException e) {
      throw new KeySourceException.Misconfigured(
          KeySourceCode.MISCONFIGURED, "key file %s does not exist".formatted(file), e);
    } catch (IOException e) {
      throw new KeySourceException.Unreachable(
          KeySourceCode.SERVICE_UNREACHABLE,
          "key file %s cannot be read: %s".formatted(file, e.getMessage()),
          e);
    } finally {
      Arrays.fill(text, (byte) 0);
    }
  }

  private static Pem parse(Path file, byte[] text) throws KeySourceException {
    int begin = indexOf(text, BEGIN, 0);
    int labelEnd = begin < 0 ? -1 : indexOf(text, DASHES, begin + BEGIN.length());
    if (text.length > MOST_BYTES || labelEnd < 0) {
      throw malformed(file, "is no PEM file: no line begins with " + BEGIN);
    }
    int labelBegin = begin + BEGIN.length();
    String label = new String(text, labelBegin, labelEnd - labelBegin, StandardCharsets.US_ASCII);
    int bodyBegin = labelEnd + DASHES.length();
    int bodyEnd = indexOf(text, DASHES + "END " + label + DASHES, bodyBegin);
    if (bodyEnd < 0) {
      throw malformed(file, "has no end line for what it begins");
    }
    if (indexOf(text, BEGIN, bodyEnd) >= 0) {
      throw malformed(file, "holds more than one object: must be one key");
    }
    return new Pem(label, decode(file, text, bodyBegin, bodyEnd));
  }

  private static byte[] decode(Path file, byte[] text, int begin, int end)
      throws KeySourceException {
    byte[] body = Arrays.copyOfRange(text, begin, end);
    try {
      return Base64.getMimeDecoder().decode(body);
    } catch (IllegalArgumentException e) {
      throw malformed(file, "is not base64 between its lines");
    } finally {
      Arrays.fill(body, (byte) 0);
    }
  }

  private static int indexOf(byte[] text, String wanted, int from) {
    byte[] sought = wanted.getBytes(StandardCharsets.US_ASCII);
    for (int at = from; at <= text.length - sought.length; at++) {
      if (Arrays.equals(text, at, at + sought.length, sought, 0, sought.length)) {
        return at;
      }
    }
    return -1;
  }

  static KeySourceException malformed(Path file, String what) {
    return new KeySourceException.Malformed("key file %s %s".formatted(file, what));
  }

  @Override
  public void close() {
    Arrays.fill(der, (byte) 0);
  }
}
