package org.secretfs.proxy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.secretfs.failure.ErrorCode;
import org.secretfs.failure.Kind;
import org.secretfs.failure.SecretfsException;

/** Sends commands to a proxy that runs. */
public final class AdminClient {
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path socket;

  public AdminClient(Path socket) {
    this.socket = socket;
  }

  /**
   * Sends a command and waits for the answer, as long as the proxy takes.
   *
   * @throws Refused with what the proxy said
   * @throws ProxyException if no proxy answers
   */
  public JsonNode send(AdminRequest request) throws SecretfsException {
    JsonNode answer = exchange(request);
    JsonNode error = answer.path("error");
    if (error.isObject()) {
      throw new Refused(error);
    }
    return answer;
  }

  private JsonNode exchange(AdminRequest request) throws ProxyException {
    try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(socket))) {
      ByteBuffer line = ByteBuffer.wrap((request.encode() + "\n").getBytes(StandardCharsets.UTF_8));
      while (line.hasRemaining()) {
        channel.write(line);
      }
      return JSON.readTree(AdminServer.readLine(channel));
    } catch (JsonProcessingException e) {
      throw new ProxyException(
          ProxyError.REQUEST_MALFORMED, "what answers at %s is no proxy".formatted(socket), e);
    } catch (IOException e) {
      throw new ProxyException(
          ProxyError.PROXY_UNREACHABLE,
          "no proxy answers at %s: %s".formatted(socket, e.getMessage()),
          e);
    }
  }

  /** A failure in the proxy, told by it. */
  public static final class Refused extends SecretfsException {
    private static final long serialVersionUID = 1L;

    Refused(JsonNode error) {
      super(new Told(error), error.path("message").asText());
    }
  }

  /** A code of the proxy's, which may be of a newer version than ours. */
  private record Told(String name, int number, Kind kind) implements ErrorCode {
    Told(JsonNode error) {
      this(error.path("code").asText(), error.path("number").asInt(), kindOf(error));
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
  }
}
