package org.secretfs.keymanager.store;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Bytes for authentication in which no two different sequences of values look the same: each value
 * is preceded by its length.
 */
public final class LengthPrefixed {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Begins with what the bytes are for, so that those of one use never pass for another's. */
  public LengthPrefixed(String purpose) {
    text(purpose);
  }

  /** Adds the length in 4 bytes, most significant first, and the UTF-8 form. */
  public LengthPrefixed text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  /** Adds the length in 4 bytes, most significant first, and the bytes. */
  public LengthPrefixed bytes(byte[] value) {
    number(value.length);
    out.writeBytes(value);
    return this;
  }

  /** Adds 4 bytes, most significant first. */
  public LengthPrefixed number(int value) {
    out.writeBytes(ByteBuffer.allocate(Integer.BYTES).putInt(value).array());
    return this;
  }

  /** All that was added. */
  public byte[] toBytes() {
    return out.toByteArray();
  }
}
