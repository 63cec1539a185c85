package org.secretfs.nbd.server;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.function.Predicate;
import org.secretfs.nbd.socket.Endpoint;
import org.secretfs.nbd.socket.ListeningSocket;
import org.secretfs.nbd.socket.SocketStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A server of network block devices. It listens from its start to {@link #close}.
 *
 * <p>Every connection has a thread, and further ones while its requests wait for a device. What
 * clients can take of memory and threads is bounded by {@link ServerConfig.Limits}.
 */
public final class NbdServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NbdServer.class);
  private static final Duration TICK = Duration.ofMillis(50);
  private static final Duration LINGER = Duration.ofSeconds(5);
  private static final int LARGE_BUFFERS_BYTES = 64 << 20;
  private static final int STACK_BYTES = 512 << 10;

  private final ServerConfig config;
  private final ExportCatalog catalog;
  private final ServerListener listener;
  private final Map<String, LargeBuffers> largeBuffers = new ConcurrentHashMap<>();
  private final Semaphore furtherWorkers;
  private final List<ListeningSocket> sockets = new ArrayList<>();
  private final List<Thread> acceptors = new ArrayList<>();
  private final Set<Connection> negotiating = ConcurrentHashMap.newKeySet();

  /** Connections in the transmission phase, and to whom each is put down. */
  private final Map<Connection, String> serving = new ConcurrentHashMap<>();

  private volatile boolean ending;

  private NbdServer(ServerConfig config, ExportCatalog catalog, ServerListener listener) {
    this.config = config;
    this.furtherWorkers = new Semaphore(config.limits().furtherWorkers());
    this.catalog = catalog;
    this.listener = listener;
  }

  /**
   * Listens at all places; clients are served from now on.
   *
   * @throws IOException if one place cannot be listened at; then none is
   */
  public static NbdServer start(ServerConfig config, ExportCatalog catalog, ServerListener listener)
      throws IOException {
    NbdServer server = new NbdServer(config, catalog, listener);
    try {
      for (ServerConfig.Listener place : config.listeners()) {
        server.sockets.add(ListeningSocket.open(place.endpoint()));
      }
    } catch (IOException e) {
      server.closeSockets();
      throw e;
    }
    for (int i = 0; i < server.sockets.size(); i++) {
      server.accept(server.sockets.get(i), config.listeners().get(i).tls());
    }
    return server;
  }

  private void accept(ListeningSocket socket, TlsMode tls) {
    Thread thread =
        Thread.ofPlatform().name("nbd-accept").daemon().start(() -> acceptAll(socket, tls));
    acceptors.add(thread);
  }

  private void acceptAll(ListeningSocket socket, TlsMode tls) {
    while (!ending) {
      try {
        socket.accept(TICK).ifPresent(client -> begin(client, tls));
        dropLate();
      } catch (IOException e) {
        LOG.warn("{}: {}", socket.endpoint(), e.getMessage());
        pause(TICK);
      } catch (RuntimeException | OutOfMemoryError e) {
        // One client that cannot be taken is no reason to take no others.
        LOG.error("{}: a client could not be taken", socket.endpoint(), e);
        pause(TICK);
      }
    }
  }

  private static void pause(Duration time) {
    try {
      Thread.sleep(time);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void begin(SocketStream client, TlsMode tls) {
    Connection connection = new Connection(this, client, tls);
    makeRoom();
    negotiating.add(connection);
    try {
      Thread.ofPlatform()
          .name("nbd-" + client.peer())
          .daemon()
          .stackSize(STACK_BYTES)
          .start(connection);
    } catch (OutOfMemoryError e) {
      LOG.warn("no thread can be had for {}", client.peer());
      negotiating.remove(connection);
      client.close();
    }
  }

  /** Cuts the oldest negotiation off, and waits where those cut off are not gone yet. */
  private void makeRoom() {
    int most = config.limits().negotiations();
    if (negotiating.size() < most) {
      return;
    }
    negotiating.stream()
        .filter(connection -> !connection.isAborted())
        .min(Comparator.comparingLong(Connection::acceptedNanos))
        .ifPresent(Connection::abort);
    while (negotiating.size() >= 2 * most && !ending) {
      pause(Duration.ofMillis(1));
    }
  }

  private void dropLate() {
    long limit = config.limits().negotiation().toNanos();
    for (Connection connection : negotiating) {
      if (System.nanoTime() - connection.acceptedNanos() > limit) {
        connection.abort();
      }
    }
  }

  /** A connection is about to serve; false if there are too many, or too many of its client's. */
  boolean enter(Connection connection, String account) {
    synchronized (serving) {
      long own = serving.values().stream().filter(account::equals).count();
      if (serving.size() >= config.limits().connections()
          || own >= config.limits().connectionsPerClient()) {
        return false;
      }
      serving.put(connection, account);
    }
    negotiating.remove(connection);
    return true;
  }

  void ended(Connection connection) {
    negotiating.remove(connection);
    serving.remove(connection);
  }

  ServerConfig config() {
    return config;
  }

  ExportCatalog catalog() {
    return catalog;
  }

  ServerListener listener() {
    return listener;
  }

  /** Every export has its own, so that one whose device hangs does not stop the others. */
  LargeBuffers largeBuffers(String exportName) {
    return largeBuffers.computeIfAbsent(exportName, _ -> new LargeBuffers(LARGE_BUFFERS_BYTES));
  }

  /** What connections' workers beyond the first are taken from, all exports' together. */
  Semaphore furtherWorkers() {
    return furtherWorkers;
  }

  boolean isEnding() {
    return ending;
  }

  /** Where it listens, in the order of the configuration; ports are the real ones. */
  public List<Endpoint> endpoints() {
    return sockets.stream().map(ListeningSocket::endpoint).toList();
  }

  /** How many clients are in the transmission phase. */
  public int connections() {
    return serving.size();
  }

  /** How many clients are in the transmission phase of one export. */
  public int connections(String exportName) {
    return (int) serving.keySet().stream().filter(isIn(exportName)).count();
  }

  private static Predicate<Connection> isIn(String exportName) {
    return connection -> connection.exportName().equals(Optional.of(exportName));
  }

  /**
   * Takes an export away from its clients: requests in flight are finished, further ones are
   * answered with ESHUTDOWN, and after {@code patience} those that did not disconnect are cut off.
   * The catalog should not give the export out any more. Returns once no connection holds it, or
   * {@link #LINGER} after they were cut off: a request may hang in its device.
   */
  public void drain(String exportName, Duration patience) {
    drain(isIn(exportName), patience);
    largeBuffers.remove(exportName);
  }

  private void drain(Predicate<Connection> which, Duration patience) {
    List<Connection> leaving = serving.keySet().stream().filter(which).toList();
    leaving.forEach(Connection::drain);
    awaitGone(leaving, patience);
    leaving.forEach(Connection::abort);
    awaitGone(leaving, LINGER);
  }

  private void awaitGone(List<Connection> leaving, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (leaving.stream().anyMatch(serving::containsKey) && System.nanoTime() - deadline < 0) {
      try {
        Thread.sleep(2);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }

  /** Takes no new clients, and drains all connections. */
  public void drain(Duration patience) {
    ending = true;
    drain(_ -> true, patience);
    close();
  }

  /** Cuts all connections; requests in flight are finished, for up to some seconds. */
  @Override
  public void close() {
    ending = true;
    for (Thread acceptor : acceptors) {
      try {
        acceptor.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
    closeSockets();
    negotiating.forEach(Connection::abort);
    List<Connection> left = List.copyOf(serving.keySet());
    left.forEach(Connection::abort);
    awaitGone(left, LINGER);
  }

  private void closeSockets() {
    for (ListeningSocket socket : sockets) {
      try {
        socket.close();
      } catch (IOException e) {
        LOG.warn("{} could not be closed: {}", socket.endpoint(), e.getMessage());
      }
    }
  }
}
