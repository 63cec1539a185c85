package org.secretfs.keymanager.sigv4;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** Percent-encoding as signatures want it: RFC 3986, upper-case digits, nothing else left bare. */
public final class UriCoding {
  private UriCoding() {}

  /** Encodes all bytes but letters, digits and {@code -._~}; and {@code /} where it is kept. */
  public static String encode(byte[] bytes, boolean keepSlash) {
    StringBuilder text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      if (isUnreserved(b) || (keepSlash && b == '/')) {
        text.append((char) b);
      } else {
        text.append('%').append("%02X".formatted(b));
      }
    }
    return text.toString();
  }

  private static boolean isUnreserved(byte b) {
    return (b >= 'A' && b <= 'Z')
        || (b >= 'a' && b <= 'z')
        || (b >= '0' && b <= '9')
        || b == '-'
        || b == '.'
        || b == '_'
        || b == '~';
  }

  /** Decodes; a percent sign that two digits do not follow stands for itself. */
  public static byte[] decode(String text) {
    byte[] raw = text.getBytes(StandardCharsets.UTF_8);
    ByteArrayOutputStream out = new ByteArrayOutputStream(raw.length);
    int i = 0;
    while (i < raw.length) {
      int value = raw[i] == '%' ? escapeAt(raw, i) : -1;
      out.write(value < 0 ? raw[i] : value);
      i += value < 0 ? 1 : 3;
    }
    return out.toByteArray();
  }

  private static int escapeAt(byte[] raw, int i) {
    if (i + 2 >= raw.length) {
      return -1;
    }
    int high = Character.digit(raw[i + 1], 16);
    int low = Character.digit(raw[i + 2], 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }
}
