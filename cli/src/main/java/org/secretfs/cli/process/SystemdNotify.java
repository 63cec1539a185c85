package org.secretfs.cli.process;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * Tells the service manager that this process is ready, or how it fares.
 *
 * <p>The JDK has no datagram sockets of the Unix family, so the three calls are made here; the
 * {@code systemd-notify} program would speak for its own process and be refused by default.
 *
 * @spec https://www.freedesktop.org/software/systemd/man/latest/sd_notify.html sd_notify(3)
 */
public final class SystemdNotify {
  private static final short AF_UNIX = 1;
  private static final int SOCK_DGRAM_CLOEXEC = 2 | 0x80000;
  private static final int MAX_PATH_BYTES = 107;

  private final Optional<String> socket;

  SystemdNotify(Optional<String> socket) {
    this.socket = socket.filter(s -> s.startsWith("/") || s.startsWith("@"));
  }

  /** The service manager of this process, where there is one. */
  public static SystemdNotify fromEnvironment() {
    return new SystemdNotify(Optional.ofNullable(System.getenv("NOTIFY_SOCKET")));
  }

  /** Says that the service is up. Returns whether somebody was told. */
  public boolean ready(String status) {
    return send("READY=1\nSTATUS=" + status);
  }

  /** Says that the service is going down. */
  public boolean stopping() {
    return send("STOPPING=1");
  }

  private boolean send(String message) {
    return socket.isPresent() && send(socket.get(), message.getBytes(StandardCharsets.UTF_8));
  }

  private static boolean send(String path, byte[] message) {
    byte[] name = path.getBytes(StandardCharsets.UTF_8);
    if (name.length > MAX_PATH_BYTES) {
      return false;
    }
    if (name[0] == '@') {
      name[0] = 0;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(Short.BYTES + name.length + 1L);
      address.set(JAVA_SHORT, 0, AF_UNIX);
      MemorySegment.copy(name, 0, address, JAVA_BYTE, Short.BYTES, name.length);
      return send(arena.allocateFrom(JAVA_BYTE, message), address, Short.BYTES + name.length);
    }
  }

  private static boolean send(MemorySegment message, MemorySegment address, int addressBytes) {
    try {
      int descriptor =
          (int)
              call("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)
                  .invokeExact((int) AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
      if (descriptor < 0) {
        return false;
      }
      long sent =
          (long)
              call("sendto", JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT)
                  .invokeExact(descriptor, message, message.byteSize(), 0, address, addressBytes);
      int ignored = (int) call("close", JAVA_INT, JAVA_INT).invokeExact(descriptor);
      return sent == message.byteSize();
    } catch (Throwable t) {
      throw new IllegalStateException("a system call throws nothing", t);
    }
  }

  private static MethodHandle call(
      String name,
      java.lang.foreign.MemoryLayout result,
      java.lang.foreign.MemoryLayout... arguments) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(
        linker.defaultLookup().findOrThrow(name), FunctionDescriptor.of(result, arguments));
  }
}
