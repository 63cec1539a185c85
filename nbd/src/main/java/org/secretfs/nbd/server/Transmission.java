package org.secretfs.nbd.server;

import java.io.IOException;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.ProtocolException;
import org.secretfs.nbd.socket.InputBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The transmission phase of one connection.
 *
 * <p>The leading worker receives requests and executes them where they lie in the input buffer,
 * batching replies; a request that is expected to wait for its device is taken out of the buffer
 * and the lead passed on, so that the next requests overtake it. Memory is bounded by the number of
 * workers, whatever the client sends: while all are busy, nothing is received.
 *
 * @spec NBD doc/proto.md, "Transmission"
 */
final class Transmission {
  private static final Logger LOG = LoggerFactory.getLogger(Transmission.class);

  /** Compact and extended headers. */
  private static final int REQUEST_BYTES = 28;

  private static final int EXTENDED_REQUEST_BYTES = 32;

  /** Longest payload that is received and dropped rather than hung up on. */
  private final long mostPayloadBytes;

  private final Session session;
  private final ServerListener listener;
  private final LargeBuffers largeBuffers;
  private final Semaphore furtherWorkers;
  private final ServiceTimes times = new ServiceTimes();
  private final Object sending = new Object();
  private final Leadership leadership;
  private volatile boolean draining;
  private volatile @Nullable String failure;

  Transmission(
      Session session,
      ServerListener listener,
      LargeBuffers largeBuffers,
      Semaphore furtherWorkers,
      int mostWorkers) {
    this.session = session;
    this.listener = listener;
    this.largeBuffers = largeBuffers;
    this.furtherWorkers = furtherWorkers;
    this.mostPayloadBytes =
        Math.max(Nbd.DEFAULT_MOST_PAYLOAD_BYTES, session.export().blockSizes().mostPayloadBytes());
    this.leadership = new Leadership(mostWorkers, this::startWorker);
  }

  Session session() {
    return session;
  }

  ServerListener listener() {
    return listener;
  }

  LargeBuffers largeBuffers() {
    return largeBuffers;
  }

  Object sending() {
    return sending;
  }

  /** Whether a request in execution is worth finishing. */
  boolean isServing() {
    return failure == null;
  }

  /** Whether there is still somebody to answer. */
  boolean isClientThere() {
    return failure == null && !session.stream().isHungUp();
  }

  boolean isDraining() {
    return draining;
  }

  /** From now on every further request is answered with ESHUTDOWN. */
  void drain() {
    draining = true;
  }

  /**
   * Serves until the connection ends and all requests are executed.
   *
   * @return why it ended, null if the client disconnected in order
   */
  @Nullable String run() {
    workOrFail(true, null);
    leadership.awaitOthers();
    return failure;
  }

  /** Returns false if the server's workers are all taken, or no memory or thread can be had. */
  private boolean startWorker(Leadership leadership) {
    if (!furtherWorkers.tryAcquire()) {
      return false;
    }
    try {
      Worker worker = new Worker(this);
      Thread.ofPlatform()
          .name(Thread.currentThread().getName())
          .daemon()
          .start(() -> runFurther(leadership, worker));
      return true;
    } catch (OutOfMemoryError e) {
      furtherWorkers.release();
      return false;
    }
  }

  private void runFurther(Leadership leadership, Worker worker) {
    try {
      workOrFail(false, worker);
    } finally {
      furtherWorkers.release();
      leadership.leave();
    }
  }

  /** Makes the worker where none is given, so that its failure is the connection's. */
  private void workOrFail(boolean first, @Nullable Worker worker) {
    try {
      work(first, worker == null ? new Worker(this) : worker);
    } catch (IOException e) {
      fail(e.getMessage() == null ? e.toString() : e.getMessage());
    } catch (RuntimeException | Error e) {
      LOG.error("connection of {}: a worker failed", session.client().peer(), e);
      fail(e.toString());
    }
  }

  private void work(boolean first, Worker worker) throws IOException {
    try {
      do {
        lead(worker);
      } while (leadership.acquire(first));
    } finally {
      worker.release();
    }
  }

  /** Ends it, also where all workers are busy and none would see that the socket is closed. */
  void cut() {
    fail("cut off");
  }

  private void fail(String reason) {
    if (failure == null) {
      failure = reason;
    }
    leadership.end();
    session.stream().abort();
  }

  /** Receives and executes until the connection ends or the lead was passed and all is done. */
  private void lead(Worker worker) throws IOException {
    InputBuffer input = session.input();
    Request request = worker.request();
    while (isServing()) {
      if (input.available() < REQUEST_BYTES) {
        worker.flush();
      }
      if (!receive(input, request)) {
        worker.flush();
        leadership.end();
        return;
      }
      Command command = request.command;
      if (command != null && times.isSlow(command, request.length) && worker.detach(input)) {
        request.detached = true;
        worker.flush();
        leadership.pass();
        execute(worker, null);
        worker.flush();
        return;
      }
      execute(worker, input);
    }
  }

  private void execute(Worker worker, @Nullable InputBuffer input) throws IOException {
    Request request = worker.request();
    Command command = request.command;
    worker.execute(input);
    if (command != null) {
      times.learn(command, request.length, System.nanoTime() - request.startNanos);
    }
  }

  /**
   * Reads a request's header.
   *
   * @return false if the client is gone in order
   */
  private boolean receive(InputBuffer input, Request request) throws IOException {
    boolean extended = session.style() == ReplyStyle.EXTENDED;
    if (!input.awaitFirst()) {
      failure = "closed without NBD_CMD_DISC";
      return false;
    }
    input.await(extended ? EXTENDED_REQUEST_BYTES : REQUEST_BYTES);
    int magic = input.getInt();
    if (magic != (extended ? Nbd.EXTENDED_REQUEST_MAGIC : Nbd.REQUEST_MAGIC)) {
      throw new ProtocolException("request magic 0x%08x".formatted(magic));
    }
    request.startNanos = System.nanoTime();
    request.detached = false;
    request.flags = input.getShort();
    request.command = Command.of(input.getShort());
    request.cookie = input.getLong();
    request.offset = input.getLong();
    request.length = extended ? input.getLong() : Integer.toUnsignedLong(input.getInt());
    request.payload = payload(request, extended);
    if (request.payload < 0 || request.payload > mostPayloadBytes) {
      throw new ProtocolException(
          "a payload of %s bytes".formatted(Long.toUnsignedString(request.payload)));
    }
    return request.command != Command.DISCONNECT;
  }

  private static long payload(Request request, boolean extended) {
    boolean has = extended ? request.has(Nbd.CMD_PAYLOAD_LEN) : request.command == Command.WRITE;
    return has ? request.length : 0;
  }
}
