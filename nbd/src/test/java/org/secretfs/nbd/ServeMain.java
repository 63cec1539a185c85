package org.secretfs.nbd;

import java.nio.file.Path;
import java.time.Duration;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.block.InMemoryBlockDevice;
import org.secretfs.nbd.server.NbdServer;
import org.secretfs.nbd.server.ServerConfig;
import org.secretfs.nbd.server.ServerListener;
import org.secretfs.nbd.socket.Endpoint;

/**
 * Serves until standard input ends: a file at a Unix socket ({@code SOCKET FILE}), or without
 * arguments some memory at the first socket of the service manager.
 */
final class ServeMain {
  private static final int FIRST_INHERITED = 3;

  private ServeMain() {}

  public static void main(String[] arguments) throws Exception {
    boolean inherits = arguments.length == 0;
    Endpoint endpoint =
        inherits
            ? new Endpoint.Inherited(FIRST_INHERITED)
            : new Endpoint.Unix(Path.of(arguments[0]));
    BlockDevice device =
        inherits ? new InMemoryBlockDevice(1 << 20) : FileBlockDevice.open(Path.of(arguments[1]));
    try (NbdServer server =
        NbdServer.start(
            ServerConfig.plain(endpoint), TestExports.of("", device), ServerListener.NONE)) {
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
      server.drain(Duration.ofSeconds(1));
    }
  }
}
