package org.secretfs.nbd.client;

import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.secretfs.nbd.socket.Endpoint;

/**
 * Which export of which server, and how to hold on to it.
 *
 * @param tls if there, nothing is said in the clear, whatever the server prefers
 * @param connections how many at most; one, unless the server says that more are safe
 * @param stall how long a connection with requests in flight may be silent before it is given up
 * @param patience how long to try again to connect, after which requests fail
 * @param lostWrites what to make of a connection that was lost with unflushed writes
 */
public record NbdTarget(
    Endpoint endpoint,
    String exportName,
    Optional<Tls> tls,
    int connections,
    Duration stall,
    Duration patience,
    LostWrites lostWrites) {

  /**
   * How to speak TLS.
   *
   * @param context with the authorities of the server, and the client's certificate if it has one
   * @param serverName the name that the server's certificate must be for
   */
  public record Tls(SSLContext context, String serverName) {}

  /** What to make of writes that were acknowledged, not flushed, and then the connection broke. */
  public enum LostWrites {
    /** The server's machine may have crashed: flushes fail from then on, and say so. */
    FAIL_FLUSHES,
    /** The server keeps what it acknowledged, even if it is restarted. */
    TRUST_SERVER
  }

  private static final Duration DEFAULT_STALL = Duration.ofSeconds(60);
  private static final Duration DEFAULT_PATIENCE = Duration.ofSeconds(30);

  public NbdTarget {
    if (connections < 1 || connections > 16) {
      throw new IllegalArgumentException("%d connections: must be 1 to 16".formatted(connections));
    }
  }

  /** One connection in the clear, with the usual patience. */
  public static NbdTarget of(Endpoint endpoint, String exportName) {
    return new NbdTarget(
        endpoint,
        exportName,
        Optional.empty(),
        1,
        DEFAULT_STALL,
        DEFAULT_PATIENCE,
        LostWrites.FAIL_FLUSHES);
  }

  public NbdTarget withTls(Tls wanted) {
    return new NbdTarget(
        endpoint, exportName, Optional.of(wanted), connections, stall, patience, lostWrites);
  }

  public NbdTarget withConnections(int most) {
    return new NbdTarget(endpoint, exportName, tls, most, stall, patience, lostWrites);
  }

  public NbdTarget withPatience(Duration stalled, Duration reconnecting) {
    return new NbdTarget(endpoint, exportName, tls, connections, stalled, reconnecting, lostWrites);
  }

  public NbdTarget with(LostWrites choice) {
    return new NbdTarget(endpoint, exportName, tls, connections, stall, patience, choice);
  }

  @Override
  public String toString() {
    return "%s/%s".formatted(endpoint, exportName);
  }
}
