package org.secretfs.luks;

import java.util.OptionalInt;

/**
 * How a keyslot is made.
 *
 * @param kdf how the passphrase is stretched
 * @param number 0 to 31; empty for the lowest that is free
 * @param priority in which order it is tried
 */
public record KeyslotOptions(KdfParameters kdf, OptionalInt number, KeyslotInfo.Priority priority) {
  /** Checks the number. */
  public KeyslotOptions {
    if (number.isPresent() && (number.getAsInt() < 0 || number.getAsInt() > Metadata.MAX_NUMBER)) {
      throw new IllegalArgumentException(
          "keyslot %d: must be 0 to %d".formatted(number.getAsInt(), Metadata.MAX_NUMBER));
    }
  }

  /** The lowest free number, at normal priority. */
  public static KeyslotOptions of(KdfParameters kdf) {
    return new KeyslotOptions(kdf, OptionalInt.empty(), KeyslotInfo.Priority.NORMAL);
  }

  /** The same under a number of its own. */
  public KeyslotOptions withNumber(int number) {
    return new KeyslotOptions(kdf, OptionalInt.of(number), priority);
  }

  /** The same with another priority. */
  public KeyslotOptions withPriority(KeyslotInfo.Priority other) {
    return new KeyslotOptions(kdf, number, other);
  }
}
