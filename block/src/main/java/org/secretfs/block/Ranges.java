package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** What every kind of device does with ranges. */
final class Ranges {
  private static final int ZEROES_BYTES = 256 << 10;
  private static final ByteBuffer ZEROES =
      ByteBuffer.allocateDirect(ZEROES_BYTES).asReadOnlyBuffer();

  private Ranges() {}

  /** Refuses a range outside the device. */
  static void check(BlockDevice device, long offsetBytes, long lengthBytes) {
    if (!within(device.sizeBytes(), offsetBytes, lengthBytes)) {
      throw new IllegalArgumentException(
          "%d bytes at %d: outside the device of %d bytes"
              .formatted(lengthBytes, offsetBytes, device.sizeBytes()));
    }
  }

  static boolean within(long sizeBytes, long offsetBytes, long lengthBytes) {
    return offsetBytes >= 0 && lengthBytes >= 0 && offsetBytes <= sizeBytes - lengthBytes;
  }

  /** Writes zeroes by ordinary writes; the device must not change the buffers it is given. */
  static void writeZeroBuffers(BlockDevice device, long offsetBytes, long lengthBytes)
      throws IOException {
    check(device, offsetBytes, lengthBytes);
    ByteBuffer zeroes = ZEROES.duplicate();
    for (long done = 0; done < lengthBytes; done += zeroes.limit()) {
      zeroes.clear().limit((int) Math.min(ZEROES_BYTES, lengthBytes - done));
      device.write(zeroes, offsetBytes + done);
    }
  }
}
