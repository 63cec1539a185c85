package org.secretfs.nbd.socket;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;

/** Addresses in the kernel's form. Linux only. */
final class Addresses {
  static final int MOST_BYTES = 128;
  private static final int PORT_AT = 2;
  private static final int INET_ADDRESS_AT = 4;
  private static final int INET_BYTES = 16;
  private static final int INET6_ADDRESS_AT = 8;
  private static final int INET6_SCOPE_AT = 24;
  private static final int INET6_BYTES = 28;
  private static final int PATH_AT = 2;
  private static final int MOST_PATH_BYTES = 107;
  private static final ValueLayout.OfShort NETWORK_SHORT =
      ValueLayout.JAVA_SHORT.withOrder(ByteOrder.BIG_ENDIAN);

  private Addresses() {}

  /** One address of an endpoint. */
  sealed interface Address {
    int family();

    MemorySegment bytes(Arena arena);

    default boolean isUnix() {
      return family() == Libc.AF_UNIX;
    }
  }

  record InetSocket(InetAddress address, int port) implements Address {
    @Override
    public int family() {
      return address instanceof Inet6Address ? Libc.AF_INET6 : Libc.AF_INET;
    }

    @Override
    public MemorySegment bytes(Arena arena) {
      boolean six = address instanceof Inet6Address;
      MemorySegment bytes = arena.allocate(six ? INET6_BYTES : INET_BYTES, Long.BYTES);
      bytes.set(ValueLayout.JAVA_SHORT, 0, (short) family());
      bytes.set(NETWORK_SHORT, PORT_AT, (short) port);
      MemorySegment raw = MemorySegment.ofArray(address.getAddress());
      bytes.asSlice(six ? INET6_ADDRESS_AT : INET_ADDRESS_AT).copyFrom(raw);
      if (address instanceof Inet6Address scoped) {
        bytes.set(ValueLayout.JAVA_INT, INET6_SCOPE_AT, scoped.getScopeId());
      }
      return bytes;
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // never compared
  record UnixSocket(byte[] path) implements Address {
    @Override
    public int family() {
      return Libc.AF_UNIX;
    }

    @Override
    public MemorySegment bytes(Arena arena) {
      MemorySegment bytes = arena.allocate(PATH_AT + path.length + 1, Long.BYTES);
      bytes.set(ValueLayout.JAVA_SHORT, 0, (short) Libc.AF_UNIX);
      bytes.asSlice(PATH_AT).copyFrom(MemorySegment.ofArray(path));
      return bytes;
    }
  }

  /** All addresses to try, in order. */
  static List<Address> of(Endpoint endpoint) throws IOException {
    return switch (endpoint) {
      case Endpoint.Tcp tcp -> inet(tcp);
      case Endpoint.Unix unix -> List.of(new UnixSocket(path(unix)));
      case Endpoint.Inherited _ ->
          throw new IOException("an inherited socket has its address already");
    };
  }

  private static List<Address> inet(Endpoint.Tcp tcp) throws UnknownHostException {
    return Stream.of(InetAddress.getAllByName(tcp.host()))
        .<Address>map(address -> new InetSocket(address, tcp.port()))
        .toList();
  }

  private static byte[] path(Endpoint.Unix unix) throws IOException {
    byte[] path = unix.path().toString().getBytes(StandardCharsets.UTF_8);
    if (path.length > MOST_PATH_BYTES) {
      throw new IOException(
          "%s: %d bytes, a socket's path has at most %d"
              .formatted(unix, path.length, MOST_PATH_BYTES));
    }
    return path;
  }

  /** The text of an address that the kernel filled in. */
  static Endpoint read(MemorySegment bytes) throws IOException {
    int family = bytes.get(ValueLayout.JAVA_SHORT, 0);
    int port = Short.toUnsignedInt(bytes.get(NETWORK_SHORT, PORT_AT));
    return switch (family) {
      case Libc.AF_INET -> new Endpoint.Tcp(host(bytes, INET_ADDRESS_AT, 4), port);
      case Libc.AF_INET6 -> new Endpoint.Tcp(host(bytes, INET6_ADDRESS_AT, 16), port);
      default -> new Endpoint.Unix(java.nio.file.Path.of(bytes.getString(PATH_AT)));
    };
  }

  private static String host(MemorySegment bytes, int at, int length) throws IOException {
    byte[] raw = bytes.asSlice(at, length).toArray(ValueLayout.JAVA_BYTE);
    return InetAddress.getByAddress(raw).getHostAddress();
  }
}
