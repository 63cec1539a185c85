package org.secretfs.nbd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.server.NbdServer;
import org.secretfs.nbd.server.ServerConfig;
import org.secretfs.nbd.server.ServerListener;
import org.secretfs.nbd.socket.Endpoint;

/** A server in this process, at a Unix socket in a folder of its own. */
public final class TestServer implements AutoCloseable {
  public final Path folder;
  public final Path socket;
  public final NbdServer server;
  public final TestExports exports;

  public TestServer(TestExports exports) throws IOException {
    this(exports, ServerConfig.Limits.DEFAULT);
  }

  public TestServer(TestExports exports, ServerConfig.Limits limits) throws IOException {
    this.exports = exports;
    this.folder = Files.createTempDirectory("secretfs-nbd");
    this.socket = folder.resolve("s");
    ServerConfig plain = ServerConfig.plain(new Endpoint.Unix(socket));
    this.server =
        NbdServer.start(
            new ServerConfig(plain.listeners(), plain.tls(), limits), exports, ServerListener.NONE);
  }

  /** Serves one device as the default export. */
  public static TestServer of(BlockDevice device) throws IOException {
    return new TestServer(TestExports.of("", device));
  }

  public String uri() {
    return "nbd+unix:///?socket=" + socket;
  }

  public Endpoint endpoint() {
    return new Endpoint.Unix(socket);
  }

  @Override
  public void close() throws IOException {
    server.close();
    Files.delete(folder);
  }
}
