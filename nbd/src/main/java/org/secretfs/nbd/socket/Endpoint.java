package org.secretfs.nbd.socket;

import java.nio.file.Path;

/** A place to listen at or to connect to. */
public sealed interface Endpoint {
  /** The port that is registered for the protocol. */
  int DEFAULT_PORT = 10809;

  /**
   * A TCP port.
   *
   * @param host a name or an address
   * @param port 0 to 65535; a server that listens at 0 gets a free one
   */
  record Tcp(String host, int port) implements Endpoint {
    public Tcp {
      if (port < 0 || port > 65_535) {
        throw new IllegalArgumentException("port %d: must be 0 to 65535".formatted(port));
      }
    }

    @Override
    public String toString() {
      return host.contains(":") ? "[%s]:%d".formatted(host, port) : host + ":" + port;
    }
  }

  /**
   * A Unix socket.
   *
   * @param path at most 107 bytes
   * @param mode the permissions that a server gives it, such as 0600
   */
  record Unix(Path path, int mode) implements Endpoint {
    public static final int OWNER_ONLY = 0600;

    /** For its owner alone. */
    public Unix(Path path) {
      this(path, OWNER_ONLY);
    }

    @Override
    public String toString() {
      return path.toString();
    }
  }

  /**
   * A listening socket that this process was started with, as the service manager passes it.
   *
   * @param descriptor the file descriptor's number, 3 or more
   */
  record Inherited(int descriptor) implements Endpoint {
    @Override
    public String toString() {
      return "descriptor " + descriptor;
    }
  }
}
