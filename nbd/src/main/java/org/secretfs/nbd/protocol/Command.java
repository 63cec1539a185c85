package org.secretfs.nbd.protocol;

import org.jspecify.annotations.Nullable;

/**
 * The commands of the transmission phase.
 *
 * @spec NBD doc/proto.md, "Request types"
 */
public enum Command {
  READ(0, Nbd.CMD_FUA | Nbd.CMD_DF),
  WRITE(1, Nbd.CMD_FUA | Nbd.CMD_PAYLOAD_LEN),
  DISCONNECT(2, Nbd.CMD_FUA),
  FLUSH(3, Nbd.CMD_FUA),
  TRIM(4, Nbd.CMD_FUA),
  CACHE(5, Nbd.CMD_FUA),
  WRITE_ZEROES(6, Nbd.CMD_FUA | Nbd.CMD_NO_HOLE | Nbd.CMD_FAST_ZERO),
  BLOCK_STATUS(7, Nbd.CMD_FUA | Nbd.CMD_REQ_ONE | Nbd.CMD_PAYLOAD_LEN);

  private static final Command[] ALL = values();

  private final int number;
  private final int flags;

  Command(int number, int flags) {
    this.number = number;
    this.flags = flags;
  }

  /** The command of a number, if there is one. */
  public static @Nullable Command of(int number) {
    return number >= 0 && number < ALL.length ? ALL[number] : null;
  }

  public int number() {
    return number;
  }

  /** Whether it takes all flags in {@code set}. */
  public boolean takes(int set) {
    return (set & ~flags) == 0;
  }

  /** Whether it changes the export. */
  public boolean writes() {
    return this == WRITE || this == TRIM || this == WRITE_ZEROES;
  }
}
