package org.secretfs.nbd.socket;

import java.io.Closeable;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.ConnectException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * A socket that accepts connections. Closing it removes its file, unless it was inherited: then it
 * stays open in the service manager, which starts the next server with it.
 */
public final class ListeningSocket implements Closeable {
  private static final int BACKLOG = 1024;

  private final int descriptor;
  private final Endpoint endpoint;
  private final boolean inherited;
  private boolean closed;

  private ListeningSocket(int descriptor, Endpoint endpoint, boolean inherited) {
    this.descriptor = descriptor;
    this.endpoint = endpoint;
    this.inherited = inherited;
  }

  /**
   * Listens.
   *
   * @throws IOException if the place is taken; the file of a Unix socket that nobody listens at any
   *     more is replaced, any other file is left alone
   */
  public static ListeningSocket open(Endpoint endpoint) throws IOException {
    if (endpoint instanceof Endpoint.Inherited inherited) {
      return inherit(inherited.descriptor());
    }
    if (endpoint instanceof Endpoint.Unix unix) {
      removeStale(unix);
    }
    Addresses.Address address = Addresses.of(endpoint).getFirst();
    int descriptor = Libc.socket(address.family());
    boolean bound = false;
    try (Arena arena = Arena.ofConfined()) {
      if (!address.isUnix()) {
        boolean _ = Libc.setOption(descriptor, Libc.SOL_SOCKET, Libc.SO_REUSEADDR, 1);
      }
      Libc.bind(descriptor, address.bytes(arena));
      bound = true;
      if (endpoint instanceof Endpoint.Unix unix) {
        // Between bind and here nobody can connect: connections are taken from listen on.
        Files.setPosixFilePermissions(unix.path(), permissions(unix.mode()));
      }
      Libc.listen(descriptor, BACKLOG);
      return new ListeningSocket(descriptor, localEndpoint(descriptor), false);
    } catch (IOException | RuntimeException e) {
      Libc.close(descriptor);
      if (bound && endpoint instanceof Endpoint.Unix unix) {
        Files.deleteIfExists(unix.path());
      }
      throw new IOException("cannot listen at %s: %s".formatted(endpoint, e.getMessage()), e);
    }
  }

  private static ListeningSocket inherit(int descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment value = arena.allocate(ValueLayout.JAVA_INT);
      Libc.option(descriptor, Libc.SO_ACCEPTCONN, value);
      boolean listens = value.get(ValueLayout.JAVA_INT, 0) == 1;
      Libc.option(descriptor, Libc.SO_TYPE, value);
      if (!listens || value.get(ValueLayout.JAVA_INT, 0) != Libc.SOCK_STREAM) {
        throw new IOException("descriptor %d: not a listening stream socket".formatted(descriptor));
      }
    } catch (IOException e) {
      throw new IOException(
          "cannot take over descriptor %d: %s".formatted(descriptor, e.getMessage()), e);
    }
    return new ListeningSocket(descriptor, localEndpoint(descriptor), true);
  }

  private static Endpoint localEndpoint(int descriptor) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(Addresses.MOST_BYTES, Long.BYTES);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, Addresses.MOST_BYTES);
      Libc.localAddress(descriptor, address, length);
      return Addresses.read(address);
    }
  }

  private static void removeStale(Endpoint.Unix unix) throws IOException {
    Path path = unix.path();
    boolean isSocket =
        Files.exists(path) && ((int) Files.getAttribute(path, "unix:mode") & 0xF000) == 0xC000;
    if (!isSocket) {
      return;
    }
    try (SocketStream _ = SocketStream.connect(unix)) {
      throw new IOException("cannot listen at %s: another process does".formatted(unix));
    } catch (ConnectException e) {
      Files.deleteIfExists(path);
    }
  }

  private static Set<PosixFilePermission> permissions(int mode) {
    Set<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
    PosixFilePermission[] all = PosixFilePermission.values();
    for (int i = 0; i < all.length; i++) {
      if ((mode >> (all.length - 1 - i) & 1) == 1) {
        set.add(all[i]);
      }
    }
    return set;
  }

  /** Where it listens; the port is the real one. */
  public Endpoint endpoint() {
    return endpoint;
  }

  /**
   * Waits for a connection.
   *
   * @return empty after the time
   */
  public Optional<SocketStream> accept(Duration timeout) throws IOException {
    if (!Libc.poll(descriptor, Libc.POLLIN, Math.toIntExact(timeout.toMillis()))) {
      return Optional.empty();
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment address = arena.allocate(Addresses.MOST_BYTES, Long.BYTES);
      MemorySegment length = arena.allocateFrom(ValueLayout.JAVA_INT, Addresses.MOST_BYTES);
      int accepted = Libc.accept(descriptor, address, length);
      if (accepted >= 0) {
        boolean unix = endpoint instanceof Endpoint.Unix;
        String peer = unix ? "unix" : Addresses.read(address).toString();
        return Optional.of(new SocketStream(accepted, peer, unix));
      }
      return switch (-accepted) {
        case Libc.EINTR, Libc.EAGAIN, Libc.ECONNABORTED -> Optional.empty();
        default -> throw Libc.failure("accept", -accepted);
      };
    }
  }

  @Override
  public synchronized void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    Libc.close(descriptor);
    if (!inherited && endpoint instanceof Endpoint.Unix unix) {
      Files.deleteIfExists(unix.path());
    }
  }
}
