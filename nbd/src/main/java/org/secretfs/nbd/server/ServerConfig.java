package org.secretfs.nbd.server;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import org.secretfs.nbd.socket.Endpoint;

/**
 * How a server listens and what it allows.
 *
 * @param listeners at least one
 * @param tls needed where a listener has TLS
 */
public record ServerConfig(List<Listener> listeners, Optional<Tls> tls, Limits limits) {

  /** Where to listen, and whether under TLS. */
  public record Listener(Endpoint endpoint, TlsMode tls) {}

  /**
   * What TLS needs.
   *
   * @param context with the server's key and certificate, and the authorities of its clients
   * @param clientCertificateRequired whether a client without a certificate is turned away
   */
  public record Tls(SSLContext context, boolean clientCertificateRequired) {}

  /**
   * What bounds the memory and threads that clients can take.
   *
   * @param connections in the transmission phase at once; further ones are refused
   * @param connectionsPerClient of these, of one client: by {@link ClientIdentity#account}
   * @param negotiations at once; the oldest one gives way to a new one, and up to as many more may
   *     be about to end
   * @param negotiation the longest time from accept to the transmission phase
   * @param workersPerConnection requests of one connection that are executed at once
   * @param furtherWorkers threads with buffers of their own, 512 KiB each, beyond the one that
   *     every connection has; a connection that gets none executes its requests one after the other
   */
  public record Limits(
      int connections,
      int connectionsPerClient,
      int negotiations,
      Duration negotiation,
      int workersPerConnection,
      int furtherWorkers) {
    public static final Limits DEFAULT = new Limits(256, 128, 64, Duration.ofSeconds(20), 16, 256);

    public Limits {
      if (connections < 1
          || connectionsPerClient < 1
          || negotiations < 1
          || workersPerConnection < 1
          || furtherWorkers < 0) {
        throw new IllegalArgumentException("limits are at least 1, further workers at least 0");
      }
    }
  }

  public ServerConfig {
    listeners = List.copyOf(listeners);
    boolean needsTls = listeners.stream().anyMatch(l -> l.tls() != TlsMode.OFF);
    if (listeners.isEmpty() || (needsTls && tls.isEmpty())) {
      throw new IllegalArgumentException("needs a listener, and a TLS context where one has TLS");
    }
  }

  /** Listens at one place without TLS. */
  public static ServerConfig plain(Endpoint endpoint) {
    return new ServerConfig(
        List.of(new Listener(endpoint, TlsMode.OFF)), Optional.empty(), Limits.DEFAULT);
  }
}
