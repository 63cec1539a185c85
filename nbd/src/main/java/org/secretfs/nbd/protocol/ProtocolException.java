package org.secretfs.nbd.protocol;

import java.io.IOException;

/** The peer broke a rule of the protocol; nothing more can be said to it. */
public final class ProtocolException extends IOException {
  private static final long serialVersionUID = 1;

  public ProtocolException(String message) {
    super(message);
  }
}
