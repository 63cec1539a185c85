package org.secretfs.nbd.socket;

import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** A connected socket. */
public final class SocketStream implements ByteStream {
  /** A call of the kernel that copies holds up the collector's pauses, so it is kept short. */
  private static final int MOST_BYTES_PER_CALL = 512 << 10;

  private static final int BUFFER_BYTES = 1 << 20;
  private static final int NO_LIMIT = -1;
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final int descriptor;
  private final String peer;
  private final boolean unix;
  private volatile int readTimeoutMillis = NO_LIMIT;
  private volatile int writeTimeoutMillis = NO_LIMIT;
  private boolean closed;

  SocketStream(int descriptor, String peer, boolean unix) {
    this.descriptor = descriptor;
    this.peer = peer;
    this.unix = unix;
    if (unix) {
      // A Unix socket's sender pays for the room; the default of 208 KiB makes both sides switch
      // threads five times a megabyte. Without CAP_NET_ADMIN the system's limit stays.
      if (!Libc.setOption(descriptor, Libc.SOL_SOCKET, Libc.SO_SNDBUFFORCE, BUFFER_BYTES)) {
        boolean _ = Libc.setOption(descriptor, Libc.SOL_SOCKET, Libc.SO_SNDBUF, BUFFER_BYTES);
      }
    } else {
      boolean _ = Libc.setOption(descriptor, Libc.IPPROTO_TCP, Libc.TCP_NODELAY, 1);
      boolean _ = Libc.setOption(descriptor, Libc.SOL_SOCKET, Libc.SO_KEEPALIVE, 1);
    }
  }

  /** Connects, with the usual patience. */
  public static SocketStream connect(Endpoint endpoint) throws IOException {
    return connect(endpoint, CONNECT);
  }

  /**
   * Connects.
   *
   * @param timeout for each address of a name; at least a millisecond
   * @throws SocketTimeoutException if the last address did not answer
   * @throws ConnectException if nobody listens at the last address
   */
  public static SocketStream connect(Endpoint endpoint, Duration timeout) throws IOException {
    int timeoutMillis = Math.toIntExact(Math.max(1, timeout.toMillis()));
    IOException failure = null;
    for (Addresses.Address address : Addresses.of(endpoint)) {
      int descriptor = Libc.socket(address.family());
      try (Arena arena = Arena.ofConfined()) {
        Libc.connect(descriptor, address.bytes(arena), timeoutMillis);
        return new SocketStream(descriptor, endpoint.toString(), address.isUnix());
      } catch (IOException e) {
        Libc.close(descriptor);
        failure = described(endpoint, e);
      }
    }
    throw failure != null ? failure : new IOException("%s has no address".formatted(endpoint));
  }

  /** A failure of the same kind that says what could not be reached. */
  private static IOException described(Endpoint endpoint, IOException failure) {
    String refused = "cannot connect to %s: %s".formatted(endpoint, failure.getMessage());
    return switch (failure) {
      case SocketTimeoutException e ->
          new SocketTimeoutException("%s: %s".formatted(endpoint, e.getMessage()));
      case ConnectException _ -> new ConnectException(refused);
      default -> new IOException(refused);
    };
  }

  /** Where the other end is, for logs. */
  public String peer() {
    return peer;
  }

  /** The process at the other end, if this is a Unix socket. */
  public Optional<PeerCredentials> credentials() throws IOException {
    if (!unix) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT, 3);
      Libc.option(descriptor, Libc.SO_PEERCRED, value);
      return Optional.of(
          new PeerCredentials(
              value.getAtIndex(ValueLayout.JAVA_INT, 0),
              value.getAtIndex(ValueLayout.JAVA_INT, 1),
              value.getAtIndex(ValueLayout.JAVA_INT, 2)));
    }
  }

  /** How long a read waits for the next byte. */
  public void setReadTimeout(Duration timeout) {
    readTimeoutMillis = Math.toIntExact(timeout.toMillis());
  }

  /** How long a write waits for the other end to take the next byte. */
  public void setWriteTimeout(Duration timeout) {
    writeTimeoutMillis = Math.toIntExact(timeout.toMillis());
  }

  @Override
  public int read(ByteBuffer target) throws IOException {
    MemorySegment room = MemorySegment.ofBuffer(target);
    if (room.byteSize() > MOST_BYTES_PER_CALL) {
      room = room.asSlice(0, MOST_BYTES_PER_CALL);
    }
    while (true) {
      int got = Libc.receive(descriptor, room);
      if (got > 0) {
        target.position(target.position() + got);
        return got;
      }
      if (got == 0) {
        return -1;
      }
      await(got, Libc.POLLIN, readTimeoutMillis);
    }
  }

  @Override
  public void write(ByteBuffer source) throws IOException {
    MemorySegment bytes = MemorySegment.ofBuffer(source);
    long length = bytes.byteSize();
    for (long done = 0; done < length; ) {
      long most = Math.min(length - done, MOST_BYTES_PER_CALL);
      int put = Libc.send(descriptor, bytes.asSlice(done, most));
      if (put >= 0) {
        done += put;
      } else {
        await(put, Libc.POLLOUT, writeTimeoutMillis);
      }
    }
    source.position(source.limit());
  }

  private void await(int result, int event, int timeoutMillis) throws IOException {
    if (result == -Libc.EINTR) {
      return;
    }
    if (result != -Libc.EAGAIN) {
      throw new EOFException("%s: %s".formatted(peer, Libc.message(-result)));
    }
    if (!Libc.poll(descriptor, event, timeoutMillis) && timeoutMillis >= 0) {
      throw new SocketTimeoutException(
          "%s: nothing moved for %d ms".formatted(peer, timeoutMillis));
    }
  }

  @Override
  public synchronized boolean isHungUp() {
    try {
      return closed || Libc.hungUp(descriptor);
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public synchronized void abort() {
    if (!closed) {
      Libc.shutdown(descriptor, Libc.SHUT_RDWR);
    }
  }

  @Override
  public synchronized void close() {
    if (!closed) {
      closed = true;
      Libc.close(descriptor);
    }
  }
}
