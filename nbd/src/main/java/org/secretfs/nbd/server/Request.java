package org.secretfs.nbd.server;

import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;

/** A request in execution; one per worker, filled anew each time. */
final class Request {
  @Nullable Command command;
  int flags;
  long cookie;
  long offset;

  /** What the command is to act on, in bytes. */
  long length;

  /** What of the payload is still to be used, in bytes. */
  long payload;

  /** Whether the lead was passed on and other requests overtake this one. */
  boolean detached;

  long startNanos;

  boolean has(int flag) {
    return (flags & flag) != 0;
  }

  boolean isDurable() {
    return has(Nbd.CMD_FUA);
  }
}
