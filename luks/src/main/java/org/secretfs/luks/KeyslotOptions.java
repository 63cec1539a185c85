package org.secretfs.luks;

import java.util.Optional;
import java.util.OptionalInt;
import org.secretfs.failure.OptionException;

/**
 * How a keyslot is made.
 *
 * @param kdf how the passphrase is stretched
 * @param number 0 to 31; empty for the lowest that is free
 * @param priority in which order it is tried
 * @param encryption of its area; empty for that of the data
 */
public record KeyslotOptions(
    KdfParameters kdf,
    OptionalInt number,
    KeyslotInfo.Priority priority,
    Optional<KeyslotEncryption> encryption) {
  /** Checks the number. */
  public KeyslotOptions {
    if (number.isPresent() && (number.getAsInt() < 0 || number.getAsInt() > Metadata.MAX_NUMBER)) {
      throw new OptionException(
          "keyslot %d: must be 0 to %d".formatted(number.getAsInt(), Metadata.MAX_NUMBER));
    }
  }

  /** The lowest free number, at normal priority. */
  public static KeyslotOptions of(KdfParameters kdf) {
    return new KeyslotOptions(
        kdf, OptionalInt.empty(), KeyslotInfo.Priority.NORMAL, Optional.empty());
  }

  /** The same under a number of its own. */
  public KeyslotOptions withNumber(int number) {
    return new KeyslotOptions(kdf, OptionalInt.of(number), priority, encryption);
  }

  /** The same with another priority. */
  public KeyslotOptions withPriority(KeyslotInfo.Priority other) {
    return new KeyslotOptions(kdf, number, other, encryption);
  }

  /** The same with an area encrypted otherwise than the data. */
  public KeyslotOptions withEncryption(KeyslotEncryption other) {
    return new KeyslotOptions(kdf, number, priority, Optional.of(other));
  }
}
