package org.secretfs.cli.input;

import java.io.IOException;
import java.util.OptionalInt;

/**
 * Which bytes of a key file are the key.
 *
 * @param offsetBytes how many to skip
 * @param sizeBytes how many to read; empty for all that are left
 */
public record KeyRange(long offsetBytes, OptionalInt sizeBytes) {
  /** The largest key, as cryptsetup has it: 8 MiB. */
  public static final int MAX_BYTES = 8 << 20;

  /** The whole file. */
  public static final KeyRange WHOLE = new KeyRange(0, OptionalInt.empty());

  void check(int got) throws IOException {
    if (got == 0) {
      throw new IOException("the key file holds no key: it is empty");
    }
    if (sizeBytes.isPresent() && got < sizeBytes.getAsInt()) {
      throw new IOException(
          "the key file holds %d bytes where %d were asked for"
              .formatted(got, sizeBytes.getAsInt()));
    }
    if (got > MAX_BYTES) {
      throw new IOException(
          "the key file holds more than %d bytes: name a part of it with --keyfile-size"
              .formatted(MAX_BYTES));
    }
  }
}
