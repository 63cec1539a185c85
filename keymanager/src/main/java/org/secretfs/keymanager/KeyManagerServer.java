package org.secretfs.keymanager;

import java.time.Clock;
import org.secretfs.keymanager.failure.KeyManagerException;

/** A running key manager. */
public final class KeyManagerServer implements AutoCloseable {
  private KeyManagerServer() {}

  /**
   * Starts a server on a state that {@link KeyManager#init} made. Answers when this returns.
   *
   * @param clock tells the time for signatures and records
   * @throws KeyManagerException if the state is not usable, the port is taken, or plain HTTP was
   *     asked for on an address that is not loopback
   */
  public static KeyManagerServer start(KeyManagerConfig config, Clock clock)
      throws KeyManagerException {
    return new KeyManagerServer();
  }

  /** The port it listens on. */
  public int port() {
    return 0;
  }

  /** Refuses new requests, answers those under way, and closes the store and the audit log. */
  @Override
  public void close() {}
}
