package org.secretfs.nbd.client;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Optional;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.socket.Endpoint;

/**
 * The address of an export: {@code nbd://HOST[:PORT]/NAME} or {@code nbd+unix:///NAME?socket=PATH},
 * and with {@code nbds} the same under TLS.
 *
 * @param tls whether nothing may be said in the clear
 * @spec https://github.com/NetworkBlockDevice/nbd/blob/master/doc/uri.md NBD uri.md
 */
public record NbdUri(Endpoint endpoint, String exportName, boolean tls) {
  private static final String SOCKET = "socket=";

  /**
   * Reads an address.
   *
   * @throws IllegalArgumentException if it is none, or asks for what we do not do; the message
   *     follows on the address in a sentence
   */
  public static NbdUri parse(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is no URI: " + e.getReason(), e);
    }
    if (uri.getScheme() == null) {
      throw form();
    }
    return switch (uri.getScheme()) {
      case "nbd" -> new NbdUri(tcp(uri), name(uri), false);
      case "nbds" -> new NbdUri(tcp(uri), name(uri), true);
      case "nbd+unix" -> new NbdUri(unix(uri), name(uri), false);
      case "nbds+unix" -> new NbdUri(unix(uri), name(uri), true);
      default -> throw form();
    };
  }

  /** The name that the server's certificate must be for, where nothing else is asked for. */
  public String serverName() {
    return endpoint instanceof Endpoint.Tcp tcp ? tcp.host() : "localhost";
  }

  /**
   * The export, with the usual patience and one connection.
   *
   * @param how to speak TLS, if the address asks for it
   * @throws IllegalArgumentException if only one of the address and {@code how} is about TLS; the
   *     message follows on the address in a sentence
   */
  public NbdTarget target(Optional<NbdTarget.Tls> how) {
    if (tls != how.isPresent()) {
      throw new IllegalArgumentException(
          tls ? "asks for TLS, which needs authorities" : "is not under TLS: write nbds");
    }
    NbdTarget plain = NbdTarget.of(endpoint, exportName);
    return how.map(plain::withTls).orElse(plain);
  }

  private static IllegalArgumentException form() {
    return new IllegalArgumentException(
        "must be nbd://HOST:PORT/NAME or nbd+unix:///NAME?socket=PATH, with nbds for TLS");
  }

  private static Endpoint tcp(URI uri) {
    if (uri.getHost() == null || uri.getRawQuery() != null || uri.getUserInfo() != null) {
      throw form();
    }
    String host = uri.getHost();
    boolean bracketed = host.startsWith("[");
    int port = uri.getPort() < 0 ? Endpoint.DEFAULT_PORT : uri.getPort();
    return new Endpoint.Tcp(bracketed ? host.substring(1, host.length() - 1) : host, port);
  }

  private static Endpoint unix(URI uri) {
    String query = Optional.ofNullable(uri.getRawQuery()).orElse("");
    if (uri.getRawAuthority() != null || !query.startsWith(SOCKET) || query.contains("&")) {
      throw form();
    }
    String decoded = decode(query.substring(SOCKET.length()));
    try {
      Path path = Path.of(decoded);
      if (path.isAbsolute()) {
        return new Endpoint.Unix(path);
      }
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException("names a socket that is no path", e);
    }
    throw new IllegalArgumentException("must name its socket by an absolute path");
  }

  /** A plus sign is itself here, other than in forms. */
  private static String decode(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  private static String name(URI uri) {
    String path = Optional.ofNullable(uri.getPath()).orElse("");
    String name = path.startsWith("/") ? path.substring(1) : path;
    if (uri.getRawFragment() != null) {
      throw form();
    }
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > Nbd.MOST_STRING_BYTES) {
      throw new IllegalArgumentException(
          "names an export by %d bytes: at most %d".formatted(bytes, Nbd.MOST_STRING_BYTES));
    }
    return name;
  }
}
