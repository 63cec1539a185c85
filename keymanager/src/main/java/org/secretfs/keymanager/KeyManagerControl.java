package org.secretfs.keymanager;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;
import org.secretfs.keymanager.failure.KeyManagerException;
import org.secretfs.keymanager.seal.Unsealing;

/** Tells a server on this machine to seal and unseal itself. Keeps no connection. */
public final class KeyManagerControl {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path socket;

  /** Means the server of this configuration. */
  public KeyManagerControl(KeyManagerConfig config) {
    this.socket = AdminSocket.in(config.stateDirectory());
  }

  /**
   * What a server says of itself.
   *
   * @param sealed whether it refuses requests
   * @param seals how far each of its seals is, the one in daily use first
   */
  public record Status(boolean sealed, List<Unsealing.Progress> seals) {}

  /** How the server is. */
  public Status status() throws KeyManagerException {
    return status(send("status", Optional.empty()));
  }

  /** Hands over a passphrase or a share. */
  public Status unseal(SecretBuffer entry) throws KeyManagerException {
    return status(send("unseal", Optional.of(entry)));
  }

  /** Lets it ask the seals that need nobody. */
  public Status unseal() throws KeyManagerException {
    return status(send("unseal", Optional.empty()));
  }

  /** Wipes what was entered so far. */
  public Status forget() throws KeyManagerException {
    return status(send("forget", Optional.empty()));
  }

  /** Wipes its keys. */
  public Status seal() throws KeyManagerException {
    return status(send("seal", Optional.empty()));
  }

  /** Whether a server answers. */
  public boolean isServed() {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      return channel.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** Has it write a backup into a file that does not exist; returns the database's generation. */
  public long backup(Path target) throws KeyManagerException {
    ObjectNode request =
        JSON.createObjectNode()
            .put("command", "backup")
            .put("file", target.toAbsolutePath().toString());
    return send(request, Optional.empty()).path("generation").asLong();
  }

  private static Status status(JsonNode answer) {
    JsonNode status = answer.path("status");
    List<Unsealing.Progress> seals = new ArrayList<>();
    for (JsonNode seal : status.path("seals")) {
      seals.add(
          new Unsealing.Progress(
              seal.path("kind").asText(),
              seal.path("recovery").asBoolean(),
              seal.path("needed").asInt(),
              seal.path("missing").asInt()));
    }
    return new Status(status.path("sealed").asBoolean(), List.copyOf(seals));
  }

  private JsonNode send(String command, Optional<SecretBuffer> secret) throws KeyManagerException {
    ObjectNode request = JSON.createObjectNode().put("command", command);
    return send(request, secret);
  }

  private JsonNode send(ObjectNode request, Optional<SecretBuffer> secret)
      throws KeyManagerException {
    if (secret.map(SecretBuffer::length).orElse(0) > AdminSocket.MOST_SECRET_BYTES) {
      throw new KeyManagerException.Unseal(
          "what was entered has more than %d bytes".formatted(AdminSocket.MOST_SECRET_BYTES));
    }
    JsonNode answer = exchange(request, secret);
    JsonNode error = answer.path("error");
    if (error.isObject()) {
      throw new KeyManagerException.Told(new Told(error), error.path("message").asText());
    }
    return answer;
  }

  private JsonNode exchange(ObjectNode request, Optional<SecretBuffer> secret)
      throws KeyManagerException {
    secret.ifPresent(buffer -> request.put("secret_bytes", buffer.length()));
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      AdminSocket.write(channel, request);
      if (secret.isPresent()) {
        ByteBuffer bytes = secret.get().segment().asByteBuffer();
        while (bytes.hasRemaining()) {
          channel.write(bytes);
        }
      }
      return JSON.readTree(AdminSocket.readLine(channel));
    } catch (JsonProcessingException e) {
      throw new KeyManagerException.Unavailable(
          "what answers at %s is no key manager".formatted(socket), e);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable(
          "no key manager answers at %s".formatted(socket), e);
    }
  }

  /** A code of the server's, which may be of a newer version than ours. */
  private record Told(int number, Kind kind) implements ErrorCode {
    Told(JsonNode error) {
      this(error.path("number").asInt(), kindOf(error));
    }

    private static Kind kindOf(JsonNode error) {
      String name = error.path("kind").asText();
      for (Kind kind : Kind.values()) {
        if (kind.name().equals(name)) {
          return kind;
        }
      }
      return Kind.INTERNAL;
    }

    @Override
    public String name() {
      return "KEY_MANAGER_SAID";
    }
  }
}
