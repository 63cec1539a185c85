package org.secretfs.luks;

import java.io.IOException;

/**
 * What a device is, as far as LUKS goes. Probing never writes.
 *
 * @param kind the finding
 * @param detail one line on what was found where, for an error message
 */
@SuppressWarnings("DoNotCallSuggester")
public record LuksProbe(Kind kind, String detail) {
  /** The findings. */
  public enum Kind {
    /** At least one valid copy of a LUKS2 header. */
    LUKS2,
    /** A LUKS1 header by its magic. */
    LUKS1,
    /** The magic of a LUKS2 header is somewhere, but no copy is valid or the place is disputed. */
    DAMAGED_LUKS,
    /** A format by this library began and did not finish; nothing of the volume was ever used. */
    UNFINISHED_FORMAT,
    /** No trace of LUKS. */
    NONE
  }

  /** Looks at every place where a LUKS header may begin. */
  public static LuksProbe probe(LuksStorage storage) throws IOException {
    throw new UnsupportedOperationException();
  }
}
