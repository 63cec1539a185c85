package org.secretfs.proxy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.secretfs.failure.SecretfsException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Takes the owner's commands on a Unix socket that only this process' user may open. */
final class AdminServer implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminServer.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int BUFFER_BYTES = 8 << 10;
  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_SOCKET = 0xC000;
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(100);

  private final Path path;
  private final ServerSocketChannel socket;
  private final Handler handler;

  /** Does what is asked. */
  @FunctionalInterface
  interface Handler {
    ObjectNode handle(AdminRequest request) throws SecretfsException;
  }

  private AdminServer(Path path, ServerSocketChannel socket, Handler handler) {
    this.path = path;
    this.socket = socket;
    this.handler = handler;
  }

  /**
   * Listens, in place of what a killed predecessor left.
   *
   * @throws ProxyException if another proxy answers there
   */
  static AdminServer start(Path path, Handler handler) throws ProxyException {
    try {
      Path directory = path.toAbsolutePath().getParent();
      Files.createDirectories(directory);
      removeStale(path);
      AdminServer server = new AdminServer(path, bind(path), handler);
      Thread.ofPlatform().daemon().name("admin").start(server::accept);
      return server;
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.PROXY_UNAVAILABLE,
          "admin socket %s: cannot listen: %s".formatted(path, e.getMessage()),
          e);
    }
  }

  /** Removes a socket that nobody listens at any more, and nothing else. */
  private static void removeStale(Path path) throws IOException {
    if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
      return;
    }
    if (((int) Files.getAttribute(path, "unix:mode") & TYPE_MASK) != TYPE_SOCKET) {
      throw new IOException("a file is there that is no socket");
    }
    try (SocketChannel _ = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
      throw new IOException("another proxy answers");
    } catch (ConnectException e) {
      Files.deleteIfExists(path);
    }
  }

  /** Bound under another name and renamed when its mode is right: nobody gets in before. */
  private static ServerSocketChannel bind(Path path) throws IOException {
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    Files.deleteIfExists(fresh);
    ServerSocketChannel socket = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    try {
      socket.bind(UnixDomainSocketAddress.of(fresh));
      Files.setPosixFilePermissions(fresh, PosixFilePermissions.fromString("rw-------"));
      Files.move(fresh, path);
      return socket;
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  private void accept() {
    while (socket.isOpen()) {
      try {
        SocketChannel client = socket.accept();
        Thread.ofPlatform().daemon().name("admin-client").start(() -> serve(client));
      } catch (ClosedChannelException e) {
        return;
      } catch (IOException e) {
        LOG.warn("admin socket {}", path, e);
        LockSupport.parkNanos(PAUSE_AFTER_FAILURE.toNanos());
      }
    }
  }

  private void serve(SocketChannel client) {
    try (client) {
      ObjectNode answer = answer(client);
      ByteBuffer line = ByteBuffer.wrap((answer + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        client.write(line);
      }
    } catch (IOException e) {
      LOG.debug("a client of the admin socket went away", e);
    }
  }

  private ObjectNode answer(SocketChannel client) throws IOException {
    try {
      return handler.handle(AdminRequest.decode(readLine(client)));
    } catch (SecretfsException e) {
      return failure(
          e.code().name(),
          e.code().number(),
          e.code().kind().name(),
          String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("an admin request failed", e);
      return failure("UNEXPECTED", 0, "INTERNAL", e.toString());
    }
  }

  static ObjectNode failure(String code, int number, String kind, String message) {
    ObjectNode answer = JSON.createObjectNode();
    answer
        .putObject("error")
        .put("code", code)
        .put("number", number)
        .put("kind", kind)
        .put("message", message);
    return answer;
  }

  static String readLine(SocketChannel channel) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    ByteBuffer buffer = ByteBuffer.allocate(BUFFER_BYTES);
    while (line.size() <= AdminRequest.MOST_BYTES && channel.read(buffer.clear()) >= 0) {
      for (buffer.flip(); buffer.hasRemaining(); ) {
        byte next = buffer.get();
        if (next == '\n') {
          return line.toString(StandardCharsets.UTF_8);
        }
        line.write(next);
      }
    }
    throw new IOException("no line of at most %d bytes".formatted(AdminRequest.MOST_BYTES));
  }

  @Override
  public void close() {
    try {
      socket.close();
      Files.deleteIfExists(path);
    } catch (IOException e) {
      LOG.warn("admin socket {} was not closed in order", path, e);
    }
  }
}
