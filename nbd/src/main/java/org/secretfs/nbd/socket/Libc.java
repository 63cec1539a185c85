package org.secretfs.nbd.socket;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.net.ConnectException;
import java.net.SocketTimeoutException;

/**
 * The system calls for sockets. Linux only.
 *
 * <p>Why not Java's channels: they cannot take over a listening socket of the service manager, nor
 * wait with a time limit, nor tell who is at the other end of a Unix socket. Reads and writes here
 * never block in the kernel, so they need no transition of the thread's state and can be given
 * arrays of the heap as they are; waiting is {@link #poll}'s part.
 */
final class Libc {
  static final int AF_UNIX = 1;
  static final int AF_INET = 2;
  static final int AF_INET6 = 10;
  static final int SOCK_STREAM = 1;
  static final int SOCK_CLOEXEC = 0x80000;
  static final int SOL_SOCKET = 1;
  static final int SO_REUSEADDR = 2;
  static final int SO_TYPE = 3;
  static final int SO_KEEPALIVE = 9;
  static final int SO_PEERCRED = 17;
  static final int SO_SNDTIMEO = 21;
  static final int SO_ACCEPTCONN = 30;
  static final int SO_SNDBUF = 7;
  static final int SO_SNDBUFFORCE = 32;
  static final int IPPROTO_TCP = 6;
  static final int TCP_NODELAY = 1;
  static final int SHUT_RDWR = 2;
  static final int POLLIN = 1;
  static final int POLLOUT = 4;
  static final int POLLERR = 8;
  static final int POLLHUP = 0x10;
  static final int POLLRDHUP = 0x2000;

  static final int EINTR = 4;
  static final int EAGAIN = 11;
  static final int ECONNABORTED = 103;
  static final int ECONNREFUSED = 111;
  static final int EINPROGRESS = 115;

  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_NOSIGNAL = 0x4000;
  private static final int POLLFD_BYTES = 8;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

  private static final FunctionDescriptor TRANSFER =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
  private static final MethodHandle RECV = call("recv", TRANSFER, Linker.Option.critical(true));
  private static final MethodHandle SEND = call("send", TRANSFER, Linker.Option.critical(true));
  private static final MethodHandle POLL =
      call("poll", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle SOCKET =
      call("socket", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
  private static final FunctionDescriptor WITH_ADDRESS =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
  private static final MethodHandle BIND = call("bind", WITH_ADDRESS);
  private static final MethodHandle CONNECT = call("connect", WITH_ADDRESS);
  private static final MethodHandle LISTEN =
      call("listen", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle ACCEPT =
      call("accept4", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS, JAVA_INT));
  private static final MethodHandle GETSOCKNAME =
      call("getsockname", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS, ADDRESS));
  private static final FunctionDescriptor OPTION =
      FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
  private static final MethodHandle GETSOCKOPT = call("getsockopt", OPTION);
  private static final MethodHandle SETSOCKOPT =
      call(
          "setsockopt",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle SHUTDOWN =
      call("shutdown", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle STRERROR =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("strerror"), FunctionDescriptor.of(ADDRESS, JAVA_INT));
  private static final int MOST_MESSAGE_BYTES = 256;

  /** What a thread needs for its calls, so that they allocate nothing. */
  private static final ThreadLocal<Frame> FRAMES = ThreadLocal.withInitial(Frame::new);

  private static final class Frame {
    private final Arena arena = Arena.ofAuto();
    private final MemorySegment state = arena.allocate(CALL_STATE);
    private final MemorySegment poll = arena.allocate(POLLFD_BYTES, Integer.BYTES);

    private int errno() {
      return (int) ERRNO.get(state, 0L);
    }
  }

  private Libc() {}

  /** Reads what is there, without waiting; the negative error number if it fails. */
  static int receive(int descriptor, MemorySegment room) {
    try {
      Frame frame = FRAMES.get();
      long length = room.byteSize();
      long got = (long) RECV.invokeExact(frame.state, descriptor, room, length, MSG_DONTWAIT);
      return got < 0 ? -frame.errno() : (int) got;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Writes as much as there is room for, without waiting; or the negative error number. */
  static int send(int descriptor, MemorySegment bytes) {
    try {
      Frame frame = FRAMES.get();
      int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
      long length = bytes.byteSize();
      long put = (long) SEND.invokeExact(frame.state, descriptor, bytes, length, flags);
      return put < 0 ? -frame.errno() : (int) put;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * Waits for {@link #POLLIN} or {@link #POLLOUT}, or for the connection's end.
   *
   * @param timeoutMillis negative waits for ever
   * @return false after the time; true also when a signal came in between
   */
  static boolean poll(int descriptor, int events, int timeoutMillis) throws IOException {
    try {
      Frame frame = FRAMES.get();
      frame.poll.set(JAVA_INT, 0, descriptor);
      frame.poll.set(JAVA_SHORT, Integer.BYTES, (short) events);
      frame.poll.set(JAVA_SHORT, Integer.BYTES + Short.BYTES, (short) 0);
      int ready = (int) POLL.invokeExact(frame.state, frame.poll, 1L, timeoutMillis);
      if (ready < 0 && frame.errno() != EINTR) {
        throw failure("poll", frame.errno());
      }
      return ready != 0;
    } catch (Throwable t) {
      throw checked(t);
    }
  }

  /** Whether the other end has closed the connection, or at least its direction to us. */
  static boolean hungUp(int descriptor) throws IOException {
    return poll(descriptor, POLLRDHUP, 0)
        && (FRAMES.get().poll.get(JAVA_SHORT, Integer.BYTES + Short.BYTES)
                & (POLLRDHUP | POLLHUP | POLLERR))
            != 0;
  }

  static int socket(int family) throws IOException {
    try {
      Frame frame = FRAMES.get();
      return check(
          "socket",
          (int) SOCKET.invokeExact(frame.state, family, SOCK_STREAM | SOCK_CLOEXEC, 0),
          frame);
    } catch (Throwable t) {
      throw checked(t);
    }
  }

  static void bind(int descriptor, MemorySegment address) throws IOException {
    try {
      Frame frame = FRAMES.get();
      int length = Math.toIntExact(address.byteSize());
      check("bind", (int) BIND.invokeExact(frame.state, descriptor, address, length), frame);
    } catch (Throwable t) {
      throw checked(t);
    }
  }

  /**
   * Connects; a socket that the other end has not answered yet is waited for.
   *
   * @throws SocketTimeoutException after the time
   * @throws ConnectException if nobody listens
   */
  static void connect(int descriptor, MemorySegment address, int timeoutMillis) throws IOException {
    try {
      Frame frame = FRAMES.get();
      int length = Math.toIntExact(address.byteSize());
      // The kernel's own limit for a connect that blocks is minutes; a time to send bounds it too.
      setSendTimeout(descriptor, timeoutMillis);
      int result = (int) CONNECT.invokeExact(frame.state, descriptor, address, length);
      if (result < 0 && (frame.errno() == EINPROGRESS || frame.errno() == EAGAIN)) {
        throw new SocketTimeoutException("no answer within %d ms".formatted(timeoutMillis));
      }
      if (result < 0 && frame.errno() == ECONNREFUSED) {
        throw new ConnectException(message(ECONNREFUSED));
      }
      check("connect", result, frame);
      setSendTimeout(descriptor, 0);
    } catch (Throwable t) {
      throw checked(t);
    }
  }

  private static void setSendTimeout(int descriptor, int millis) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment time = arena.allocate(JAVA_LONG, 2);
      time.setAtIndex(JAVA_LONG, 0, millis / 1000);
      time.setAtIndex(JAVA_LONG, 1, millis % 1000 * 1000L);
      boolean _ = setOption(descriptor, SOL_SOCKET, SO_SNDTIMEO, time);
    }
  }

  static void listen(int descriptor, int backlog) throws IOException {
    try {
      Frame frame = FRAMES.get();
      check("listen", (int) LISTEN.invokeExact(frame.state, descriptor, backlog), frame);
    } catch (Throwable t) {
      throw checked(t);
    }
  }

  /** Returns a connection's descriptor, or the negative error number. */
  static int accept(int descriptor, MemorySegment address, MemorySegment length) {
    try {
      Frame frame = FRAMES.get();
      int got = (int) ACCEPT.invokeExact(frame.state, descriptor, address, length, SOCK_CLOEXEC);
      return got < 0 ? -frame.errno() : got;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void localAddress(int descriptor, MemorySegment address, MemorySegment length)
      throws IOException {
    try {
      Frame frame = FRAMES.get();
      check(
          "getsockname",
          (int) GETSOCKNAME.invokeExact(frame.state, descriptor, address, length),
          frame);
    } catch (Throwable t) {
      throw checked(t);
    }
  }

  /** Fills {@code value} with a socket's option. */
  static void option(int descriptor, int option, MemorySegment value) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      Frame frame = FRAMES.get();
      MemorySegment length = arena.allocateFrom(JAVA_INT, (int) value.byteSize());
      check(
          "getsockopt",
          (int) GETSOCKOPT.invokeExact(frame.state, descriptor, SOL_SOCKET, option, value, length),
          frame);
    } catch (Throwable t) {
      throw checked(t);
    }
  }

  /** Returns whether the kernel took it. */
  static boolean setOption(int descriptor, int level, int option, int value) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment segment = arena.allocateFrom(JAVA_INT, value);
      return setOption(descriptor, level, option, segment);
    }
  }

  private static boolean setOption(int descriptor, int level, int option, MemorySegment value) {
    try {
      Frame frame = FRAMES.get();
      int length = Math.toIntExact(value.byteSize());
      return (int) SETSOCKOPT.invokeExact(frame.state, descriptor, level, option, value, length)
          == 0;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Ends one or both directions; a connection that is gone already is no failure. */
  static void shutdown(int descriptor, int how) {
    try {
      int _ = (int) SHUTDOWN.invokeExact(FRAMES.get().state, descriptor, how);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void close(int descriptor) {
    try {
      int _ = (int) CLOSE.invokeExact(FRAMES.get().state, descriptor);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static IOException failure(String call, int errno) {
    return new IOException("%s: %s".formatted(call, message(errno)));
  }

  static String message(int errno) {
    try {
      MemorySegment text = (MemorySegment) STRERROR.invokeExact(errno);
      return text.reinterpret(MOST_MESSAGE_BYTES).getString(0);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int check(String call, int result, Frame frame) throws IOException {
    if (result < 0) {
      throw failure(call, frame.errno());
    }
    return result;
  }

  private static MethodHandle call(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker.Option[] all = java.util.Arrays.copyOf(options, options.length + 1);
    all[options.length] = Linker.Option.captureCallState("errno");
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor, all);
  }

  private static IOException checked(Throwable t) {
    if (t instanceof IOException exception) {
      return exception;
    }
    throw unexpected(t);
  }

  private static RuntimeException unexpected(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    if (t instanceof RuntimeException exception) {
      return exception;
    }
    return new IllegalStateException("a system call throws nothing checked", t);
  }
}
