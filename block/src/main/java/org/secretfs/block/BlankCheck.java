package org.secretfs.block;

import java.io.IOException;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Whether a device was proven to hold nothing: every byte looked at is zero.
 *
 * <p>Up to 4 GiB, and every regular file, the whole device is looked at; of larger kernel devices
 * the first and last 64 MiB and 4096 evenly spaced samples of 64 KiB. A device full of 0xFF bytes
 * is not blank: nothing tells an erased flash from data.
 *
 * @param firstNonZeroBytes where the first byte found that is not zero lies; empty if blank
 * @param signature what was recognised, as in {@code "ext2/3/4 at 1080"}; may be present only if
 *     not blank
 */
@SuppressWarnings("DoNotCallSuggester")
public record BlankCheck(OptionalLong firstNonZeroBytes, Optional<String> signature) {
  /** Whether every byte looked at is zero. */
  public boolean isBlank() {
    return firstNonZeroBytes.isEmpty();
  }

  /** Looks at {@code device}; costs up to one read of 4 GiB, or of the whole of a regular file. */
  public static BlankCheck of(FileBlockDevice device) throws IOException {
    throw new UnsupportedOperationException();
  }
}
