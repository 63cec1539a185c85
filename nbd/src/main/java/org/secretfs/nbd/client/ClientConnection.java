package org.secretfs.nbd.client;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.protocol.NbdException;
import org.secretfs.nbd.protocol.ProtocolException;
import org.secretfs.nbd.socket.InputBuffer;
import org.secretfs.nbd.socket.OutputBuffer;

/**
 * A connection in its transmission phase; many threads have requests in flight.
 *
 * <p>There is no thread that receives: of those who wait for replies, one receives for all, so that
 * a single request in flight costs no switch of threads.
 *
 * @spec NBD doc/proto.md, "Transmission"
 */
final class ClientConnection {
  private static final int OUTPUT_BYTES = 4096;
  private static final int SIMPLE_BYTES = 16;
  private static final int CHUNK_BYTES = 20;
  private static final int MOST_ERROR_BYTES = 8192;
  private static final int MOST_EXTENTS_BYTES = 4 + (8 << 20);
  private static final int EXTENT_BYTES = 8;

  private final Agreed agreed;
  private final InputBuffer input;
  private final OutputBuffer output;
  private final Object sending = new Object();
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, Call> inFlight = new HashMap<>();
  private long nextCookie = 1;
  private boolean receiving;
  private volatile @Nullable IOException broken;

  ClientConnection(Agreed agreed) {
    this.agreed = agreed;
    this.input = agreed.input();
    this.output = new OutputBuffer(agreed.stream(), new Object(), OUTPUT_BYTES);
  }

  Agreed agreed() {
    return agreed;
  }

  boolean isBroken() {
    return broken != null;
  }

  int load() {
    lock.lock();
    try {
      return inFlight.size();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Sends a request and waits for its reply.
   *
   * @throws NbdException if the server answers with an error
   * @throws IOException if the connection is lost; whether the server executed it is unknown
   */
  void perform(Call call) throws IOException {
    long cookie = register(call);
    try {
      send(call, cookie);
      await(call);
    } catch (IOException e) {
      breakOff(e);
      throw e;
    } catch (RuntimeException e) {
      // Half a message may have been sent or received.
      breakOff(new IOException(e));
      throw e;
    } finally {
      forget(cookie);
    }
    NbdError error = call.error;
    if (error != null) {
      throw new NbdException(
          error,
          "%s of %d bytes at %d: the server answers %s %s"
              .formatted(call.command, call.length, call.offset, error, call.message));
    }
  }

  private long register(Call call) throws IOException {
    lock.lock();
    try {
      IOException reason = broken;
      if (reason != null) {
        throw new IOException(reason.getMessage(), reason);
      }
      long cookie = nextCookie++;
      inFlight.put(cookie, call);
      return cookie;
    } finally {
      lock.unlock();
    }
  }

  private void forget(long cookie) throws IOException {
    lock.lock();
    try {
      inFlight.remove(cookie);
      if (broken != null && inFlight.isEmpty()) {
        agreed.stream().close();
      }
    } finally {
      lock.unlock();
    }
  }

  private void send(Call call, long cookie) throws IOException {
    synchronized (sending) {
      output
          .putInt(Nbd.REQUEST_MAGIC)
          .putShort(call.flags)
          .putShort(call.command.number())
          .putLong(cookie)
          .putLong(call.offset)
          .putInt((int) call.length);
      if (call.command == Command.WRITE) {
        output.flushWith(call.part(call.offset, (int) call.length));
      } else {
        output.flush();
      }
    }
  }

  /**
   * Waits for the reply. Where the connection is lost, it waits too until nobody receives from it
   * any more: what had arrived may be going into this call's buffer, which its owner would use for
   * something else.
   */
  private void await(Call call) throws IOException {
    boolean interrupted = false;
    lock.lock();
    try {
      while (!call.done) {
        IOException reason = broken;
        if (reason != null && !receiving) {
          throw new IOException(reason.getMessage(), reason);
        }
        if (receiving) {
          call.waiting = Thread.currentThread();
          lock.unlock();
          try {
            LockSupport.park(this);
            // Parking returns at once while the thread is interrupted.
            interrupted |= Thread.interrupted();
          } finally {
            lock.lock();
          }
        } else {
          receiveFor();
        }
      }
    } finally {
      if (!receiving) {
        wakeOne();
      }
      lock.unlock();
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  /**
   * Receives one reply, without the lock. If that fails, nobody goes on in the middle of a message.
   */
  private void receiveFor() throws IOException {
    receiving = true;
    lock.unlock();
    IOException failure = null;
    try {
      receive();
    } catch (IOException e) {
      failure = e;
      throw e;
    } catch (RuntimeException e) {
      failure = new IOException(e);
      throw e;
    } finally {
      lock.lock();
      receiving = false;
      if (failure != null || broken != null) {
        breakOff(failure == null ? new IOException("closed") : failure);
      }
    }
  }

  private void wakeOne() {
    for (Call other : inFlight.values()) {
      Thread thread = other.waiting;
      if (!other.done && thread != null) {
        LockSupport.unpark(thread);
        return;
      }
    }
  }

  private Call find(long cookie) throws IOException {
    lock.lock();
    try {
      Call call = inFlight.get(cookie);
      if (call == null || call.done) {
        throw new ProtocolException("a reply to no request: cookie %d".formatted(cookie));
      }
      return call;
    } finally {
      lock.unlock();
    }
  }

  private void finish(Call call) {
    lock.lock();
    try {
      call.done = true;
      if (call.waiting != null) {
        LockSupport.unpark(call.waiting);
      }
    } finally {
      lock.unlock();
    }
  }

  private void receive() throws IOException {
    input.await(SIMPLE_BYTES);
    int magic = input.getInt();
    if (magic == Nbd.SIMPLE_REPLY_MAGIC) {
      receiveSimple();
    } else if (magic == Nbd.STRUCTURED_REPLY_MAGIC && agreed.structured()) {
      receiveChunk();
    } else {
      throw new ProtocolException("reply magic 0x%08x".formatted(magic));
    }
  }

  private void receiveSimple() throws IOException {
    int error = input.getInt();
    Call call = find(input.getLong());
    if (error != 0) {
      call.error = NbdError.of(error);
    } else if (call.command == Command.READ) {
      if (agreed.structured()) {
        throw new ProtocolException("a simple reply to a read, against the agreement");
      }
      receiveData(call, call.offset, (int) call.length);
    } else if (call.command == Command.BLOCK_STATUS) {
      throw new ProtocolException("a simple reply to a block status request");
    }
    finish(call);
  }

  private void receiveChunk() throws IOException {
    input.await(CHUNK_BYTES - Integer.BYTES);
    int flags = input.getShort();
    int type = input.getShort();
    Call call = find(input.getLong());
    int length = input.getInt();
    if (length < 0) {
      throw new ProtocolException(
          "a chunk of %s bytes".formatted(Integer.toUnsignedString(length)));
    }
    switch (type) {
      case Nbd.REPLY_NONE -> require(length == 0 && (flags & Nbd.REPLY_DONE) != 0, type, length);
      case Nbd.REPLY_OFFSET_DATA -> {
        require(call.command == Command.READ && length > Long.BYTES, type, length);
        input.await(Long.BYTES);
        receiveData(call, input.getLong(), length - Long.BYTES);
      }
      case Nbd.REPLY_OFFSET_HOLE -> {
        require(call.command == Command.READ && length == 12, type, length);
        input.await(length);
        long at = input.getLong();
        int hole = input.getInt();
        checkPart(call, at, hole);
        call.zero(at, hole);
        call.received += hole;
      }
      case Nbd.REPLY_BLOCK_STATUS -> receiveExtents(call, length);
      default -> receiveError(call, type, length);
    }
    if ((flags & Nbd.REPLY_DONE) != 0) {
      complete(call);
    }
  }

  private static void require(boolean fits, int type, int length) throws ProtocolException {
    if (!fits) {
      throw new ProtocolException(
          "a chunk of type %d with %d bytes does not fit its request".formatted(type, length));
    }
  }

  private void complete(Call call) throws ProtocolException {
    boolean missing =
        call.error == null
            && ((call.command == Command.READ && call.received != call.length)
                || (call.command == Command.BLOCK_STATUS && call.covered == 0));
    if (missing) {
      throw new ProtocolException("a reply without all its data");
    }
    finish(call);
  }

  private static void checkPart(Call call, long at, int length) throws ProtocolException {
    if (length <= 0
        || at < call.offset
        || at - call.offset > call.length - length
        || call.received > call.length - length) {
      throw new ProtocolException("data outside of what was asked for");
    }
  }

  private void receiveData(Call call, long at, int length) throws IOException {
    checkPart(call, at, length);
    input.read(call.part(at, length));
    call.received += length;
  }

  private void receiveExtents(Call call, int length) throws IOException {
    int count = (length - Integer.BYTES) / EXTENT_BYTES;
    boolean fits =
        call.extents != null
            && call.covered == 0
            && count > 0
            && length <= MOST_EXTENTS_BYTES
            && length == Integer.BYTES + count * EXTENT_BYTES;
    require(fits, Nbd.REPLY_BLOCK_STATUS, length);
    input.await(Integer.BYTES);
    require(input.getInt() == agreed.context(), Nbd.REPLY_BLOCK_STATUS, length);
    for (int i = 0; i < count; i++) {
      input.await(EXTENT_BYTES);
      long extent = Integer.toUnsignedLong(input.getInt());
      int state = input.getInt();
      require(extent > 0, Nbd.REPLY_BLOCK_STATUS, length);
      long part = Math.min(extent, call.length - call.covered);
      if (part > 0 && call.extents != null) {
        boolean hole = (state & Nbd.STATE_HOLE) != 0;
        call.extents.add(new Call.Extent(part, hole, (state & Nbd.STATE_ZERO) != 0));
        call.covered += part;
      }
    }
  }

  private void receiveError(Call call, int type, int length) throws IOException {
    boolean fits = (type & 1 << 15) != 0 && length >= 6 && length <= MOST_ERROR_BYTES;
    require(fits, type, length);
    input.await(length);
    int error = input.getInt();
    int textLength = input.getShort();
    require(textLength <= length - 6, type, length);
    byte[] text = new byte[textLength];
    input.use(textLength).get(text);
    input.skip(length - 6 - textLength);
    call.error = error == 0 ? NbdError.EINVAL : NbdError.of(error);
    call.message = new String(text, StandardCharsets.UTF_8).replaceAll("\\p{Cntrl}", " ");
  }

  /** Ends the connection for all; those who wait fail. */
  void breakOff(IOException reason) {
    lock.lock();
    try {
      if (broken == null) {
        broken = reason;
        agreed.stream().abort();
      }
      inFlight.values().forEach(call -> LockSupport.unpark(call.waiting));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Says goodbye. Calls in flight fail; the last of them closes the socket, whose descriptor would
   * otherwise be used anew while they still receive from it.
   */
  void disconnect() throws IOException {
    Call goodbye = Call.of(Command.DISCONNECT, 0, 0, 0);
    long cookie;
    try {
      cookie = register(goodbye);
    } catch (IOException e) {
      // It is broken, and closed by the last call.
      return;
    }
    try {
      send(goodbye, cookie);
    } catch (IOException e) {
      // The server is gone already.
    } finally {
      breakOff(new IOException("closed"));
      forget(cookie);
    }
  }
}
