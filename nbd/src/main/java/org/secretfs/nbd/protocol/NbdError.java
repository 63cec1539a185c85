package org.secretfs.nbd.protocol;

import java.io.IOException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The errors that a reply can carry.
 *
 * @spec NBD doc/proto.md, "Error values"
 */
public enum NbdError {
  EPERM(1),
  EIO(5),
  ENOMEM(12),
  EINVAL(22),
  ENOSPC(28),
  EOVERFLOW(75),
  ENOTSUP(95),
  ESHUTDOWN(108);

  private final int number;

  NbdError(int number) {
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** The error of a number; one that the text does not know counts as {@link #EINVAL}. */
  public static NbdError of(int number) {
    for (NbdError error : values()) {
      if (error.number == number) {
        return error;
      }
    }
    return EINVAL;
  }

  /** What a client is told of a device's failure. */
  public static NbdError of(IOException failure) {
    if (failure instanceof NbdException known) {
      return known.error();
    }
    return isOutOfSpace(failure.getMessage()) ? ENOSPC : EIO;
  }

  /** EDQUOT and EFBIG are to be told as ENOSPC; Java tells them by the C library's texts only. */
  private static boolean isOutOfSpace(@Nullable String message) {
    String text = message == null ? "" : message.toLowerCase(Locale.ROOT);
    return text.contains("no space left")
        || text.contains("quota exceeded")
        || text.contains("file too large");
  }
}
