package org.secretfs.nbd;

import java.nio.file.Path;
import java.time.Duration;
import org.secretfs.block.FileBlockDevice;
import org.secretfs.nbd.server.NbdServer;
import org.secretfs.nbd.server.ServerConfig;
import org.secretfs.nbd.server.ServerListener;
import org.secretfs.nbd.socket.Endpoint;

/** Serves a file at a Unix socket until standard input ends: {@code SOCKET FILE}. */
final class ServeMain {
  private ServeMain() {}

  public static void main(String[] arguments) throws Exception {
    Endpoint endpoint = new Endpoint.Unix(Path.of(arguments[0]));
    TestExports exports = TestExports.of("", FileBlockDevice.open(Path.of(arguments[1])));
    try (NbdServer server =
        NbdServer.start(ServerConfig.plain(endpoint), exports, ServerListener.NONE)) {
      System.in.transferTo(java.io.OutputStream.nullOutputStream());
      server.drain(Duration.ofSeconds(1));
    }
  }
}
