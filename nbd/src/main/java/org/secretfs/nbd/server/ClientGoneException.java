package org.secretfs.nbd.server;

import java.io.IOException;

/**
 * A request that was held back and is dropped, unexecuted, because its client has left. A device
 * throws it; the server answers nothing and ends the connection.
 */
public final class ClientGoneException extends IOException {
  private static final long serialVersionUID = 1;

  public ClientGoneException() {
    super("the client left while its request waited");
  }
}
