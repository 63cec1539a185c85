package org.secretfs.nbd.protocol;

import java.io.IOException;

/**
 * A request that failed with an error of the protocol. A device that throws it decides what the
 * client of a server is told; a client throws it for what its server told.
 */
public final class NbdException extends IOException {
  private static final long serialVersionUID = 1;

  private final NbdError error;

  public NbdException(NbdError error, String message) {
    super(message);
    this.error = error;
  }

  public NbdError error() {
    return error;
  }
}
