package org.secretfs.nbd.client;

import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.socket.SocketStream;

/** The connections to one export, each made again when it is used after it broke. */
final class ConnectionPool {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration HANDSHAKE = Duration.ofSeconds(20);

  private final NbdTarget target;
  private final Runnable onLoss;
  private final Agreed first;
  private final @Nullable ClientConnection[] connections;
  private final Outage outage;
  private final AtomicLong failedAttempts = new AtomicLong();
  private String lastFailure = "";
  private volatile boolean closed;

  /**
   * @param onLoss told when a connection turns out to be broken that nobody was using
   */
  private ConnectionPool(NbdTarget target, ClientConnection connection, Runnable onLoss) {
    this.target = target;
    this.onLoss = onLoss;
    this.first = connection.agreed();
    int most = first.has(Nbd.SEND_MULTI_CONN) ? target.connections() : 1;
    this.connections = new ClientConnection[most];
    this.connections[0] = connection;
    this.outage = new Outage(target.patience());
  }

  /** Makes the first connection. */
  static ConnectionPool open(NbdTarget target, Runnable onLoss) throws IOException {
    return new ConnectionPool(target, connect(target), onLoss);
  }

  private static ClientConnection connect(NbdTarget target) throws IOException {
    SocketStream socket = SocketStream.connect(target.endpoint(), CONNECT);
    try {
      socket.setReadTimeout(HANDSHAKE);
      Agreed agreed = new ClientNegotiation(target, socket).run();
      socket.setReadTimeout(target.stall());
      socket.setWriteTimeout(target.stall());
      return new ClientConnection(agreed);
    } catch (IOException | RuntimeException e) {
      socket.close();
      throw e;
    }
  }

  /** What the first negotiation ended with. */
  Agreed first() {
    return first;
  }

  int size() {
    return connections.length;
  }

  boolean isClosed() {
    return closed;
  }

  /** Whether the server is out of reach for so long that there is to be no further attempt. */
  boolean isGivenUp() {
    return closed || outage.isTooLong();
  }

  /** The connection with the least in flight, made now if it is missing or broken. */
  ClientConnection get() throws IOException {
    if (closed) {
      throw new IOException("closed");
    }
    long failedBefore = failedAttempts.get();
    synchronized (connections) {
      int best = leastLoaded();
      ClientConnection chosen = connections[best];
      return chosen == null || chosen.isBroken() ? again(best, chosen, failedBefore) : chosen;
    }
  }

  private int leastLoaded() {
    int best = 0;
    int least = Integer.MAX_VALUE;
    for (int i = 0; i < connections.length; i++) {
      ClientConnection candidate = connections[i];
      int load = candidate == null || candidate.isBroken() ? 0 : candidate.load();
      if (load < least) {
        best = i;
        least = load;
      }
    }
    return best;
  }

  /** Connects, unless somebody tried and failed since the caller began to wait for its turn. */
  private ClientConnection again(int index, @Nullable ClientConnection old, long failedBefore)
      throws IOException {
    if (old != null) {
      onLoss.run();
    }
    if (failedAttempts.get() != failedBefore) {
      throw new IOException(lastFailure);
    }
    try {
      ClientConnection fresh = reconnect();
      connections[index] = fresh;
      outage.over();
      return fresh;
    } catch (ExportUnavailableException e) {
      throw e;
    } catch (IOException e) {
      failedAttempts.incrementAndGet();
      lastFailure = String.valueOf(e.getMessage());
      outage.begun();
      throw e;
    }
  }

  private ClientConnection reconnect() throws IOException {
    ClientConnection fresh = connect(target);
    Agreed now = fresh.agreed();
    if (now.sizeBytes() != first.sizeBytes()
        || now.minimumBlockBytes() > first.minimumBlockBytes()
        || now.mostPayloadBytes() < first.mostPayloadBytes()
        || (first.flags() & ~now.flags()) != 0) {
      fresh.disconnect();
      throw new ExportUnavailableException(
          "%s: the export is not what it was: %d bytes instead of %d"
              .formatted(target, now.sizeBytes(), first.sizeBytes()));
    }
    return fresh;
  }

  /** Disconnects all. */
  void close() throws IOException {
    closed = true;
    synchronized (connections) {
      for (ClientConnection connection : connections) {
        if (connection != null) {
          connection.disconnect();
        }
      }
    }
  }

  /**
   * How long a server has been out of reach. All requests wait for it together: those that come
   * when the patience is over already are tried once and fail, so that what is done one by one on a
   * dead server does not wait once for each. Guarded by the pool.
   */
  private static final class Outage {
    private static final long NONE = 0;

    private final long patienceNanos;
    private volatile long beginNanos = NONE;

    private Outage(Duration patience) {
      this.patienceNanos = patience.toNanos();
    }

    private void over() {
      beginNanos = NONE;
    }

    private void begun() {
      if (beginNanos == NONE) {
        beginNanos = System.nanoTime() | 1;
      }
    }

    private boolean isTooLong() {
      long begin = beginNanos;
      return begin != NONE && System.nanoTime() - begin > patienceNanos;
    }
  }
}
