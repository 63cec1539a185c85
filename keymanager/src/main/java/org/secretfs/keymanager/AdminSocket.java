package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes the owner's commands to a running server on a Unix socket that only the server's user may
 * open: one request for each connection, a line of JSON and after it the secret it announces.
 */
final class AdminSocket implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AdminSocket.class);
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration PAUSE_AFTER_FAILURE = Duration.ofMillis(100);

  /** What the kernel takes for a path, less the ending of {@link #bind}. */
  private static final int MOST_PATH_BYTES = 103;

  static final int MOST_LINE_BYTES = 8 << 10;
  static final int MOST_SECRET_BYTES = 4 << 10;

  private final Path path;
  private final ServerSocketChannel socket;
  private final Handler handler;

  /** Does what is asked. */
  @FunctionalInterface
  interface Handler {
    /**
     * Answers.
     *
     * @param secret empty, or what came with the request; valid until this returns
     */
    ObjectNode handle(JsonNode request, Optional<SecretBuffer> secret) throws SecretfsException;
  }

  private AdminSocket(Path path, ServerSocketChannel socket, Handler handler) {
    this.path = path;
    this.socket = socket;
    this.handler = handler;
  }

  static Path in(Path stateDirectory) {
    return stateDirectory.resolve("admin.sock");
  }

  /** Listens, in place of what a killed predecessor left; the server's lock keeps others off. */
  static AdminSocket start(Path path, Handler handler) throws KeyManagerException {
    if (path.toString().getBytes(StandardCharsets.UTF_8).length > MOST_PATH_BYTES) {
      throw new KeyManagerException.Configuration(
          "admin socket %s: a socket's path has at most %d bytes; choose a shorter state_directory"
              .formatted(path, MOST_PATH_BYTES));
    }
    try {
      AdminSocket server = new AdminSocket(path, bind(path), handler);
      Thread.ofPlatform().daemon().name("admin").start(server::accept);
      return server;
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "admin socket %s: cannot listen".formatted(path), e);
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
      Files.deleteIfExists(path);
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
      write(client, answer(client));
    } catch (IOException e) {
      LOG.debug("a client of the admin socket went away", e);
    }
  }

  private ObjectNode answer(SocketChannel client) throws IOException {
    try {
      JsonNode request = JSON.readTree(readLine(client));
      int length = request.path("secret_bytes").asInt(0);
      if (length < 0 || length > MOST_SECRET_BYTES) {
        return failure(0, "INTERNAL", "secret_bytes: must be 0 to " + MOST_SECRET_BYTES);
      }
      if (length == 0) {
        return handler.handle(request, Optional.empty());
      }
      try (SecretBuffer secret = readSecret(client, length)) {
        return handler.handle(request, Optional.of(secret));
      }
    } catch (SecretfsException e) {
      LOG.info("{}", e.getMessage());
      return failure(e.code().number(), e.code().kind().name(), String.valueOf(e.getMessage()));
    } catch (RuntimeException e) {
      LOG.error("an admin request failed", e);
      return failure(0, "INTERNAL", "the request met a defect; see the server's log");
    }
  }

  private static ObjectNode failure(int number, String kind, String message) {
    ObjectNode answer = JSON.createObjectNode();
    answer.putObject("error").put("number", number).put("kind", kind).put("message", message);
    return answer;
  }

  static void write(SocketChannel channel, ObjectNode line) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap((line + "\n").getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** Reads byte by byte: what follows the line may be a secret, which belongs into no buffer. */
  static byte[] readLine(SocketChannel channel) throws IOException {
    ByteBuffer line = ByteBuffer.allocate(MOST_LINE_BYTES);
    while (line.hasRemaining()) {
      line.limit(line.position() + 1);
      int got = channel.read(line);
      line.limit(line.capacity());
      if (got < 0) {
        throw new IOException("the connection ended within a line");
      }
      if (line.get(line.position() - 1) == '\n') {
        return Arrays.copyOf(line.array(), line.position());
      }
    }
    throw new IOException("no line of at most %d bytes".formatted(MOST_LINE_BYTES));
  }

  private static SecretBuffer readSecret(SocketChannel channel, int length) throws IOException {
    SecretBuffer secret = SecretBuffer.allocate(length);
    ByteBuffer bytes = secret.segment().asByteBuffer();
    while (bytes.hasRemaining()) {
      if (channel.read(bytes) < 0) {
        secret.close();
        throw new IOException("the connection ended within a secret");
      }
    }
    return secret;
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
