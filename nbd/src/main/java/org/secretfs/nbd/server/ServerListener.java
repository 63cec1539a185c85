package org.secretfs.nbd.server;

import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.NbdError;

/**
 * Hears what a server does, for metrics and logs. Called on the threads that serve, so it must be
 * quick and must not throw; commands may be told by many threads at once.
 */
public interface ServerListener {
  /** Hears nothing. */
  ServerListener NONE = new ServerListener() {};

  /** A client was accepted. */
  default void connected(String peer) {}

  /** A client went away, or was turned away, before it had an export. */
  default void negotiationFailed(String peer, String reason) {}

  /** A client entered the transmission phase. */
  default void entered(Export export, ClientIdentity client) {}

  /**
   * A client that had entered is gone.
   *
   * @param reason null after an orderly disconnect
   */
  default void left(Export export, ClientIdentity client, @Nullable String reason) {}

  /** A command's header, and its payload in part or whole, was received. */
  default void started(Export export, Command command) {}

  /**
   * A command was executed; told for every one started, also those that failed.
   *
   * @param lengthBytes the length that the client asked for
   * @param nanos since {@link #started}
   * @param error null after success
   */
  default void finished(
      Export export, Command command, long lengthBytes, long nanos, @Nullable NbdError error) {}
}
