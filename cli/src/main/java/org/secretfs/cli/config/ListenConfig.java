package org.secretfs.cli.config;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.nbd.server.ServerConfig.Listener;
import org.secretfs.nbd.server.TlsMode;
import org.secretfs.nbd.socket.Endpoint;

/** Reads an entry of {@code listen}. */
final class ListenConfig {
  private static final int FIRST_DESCRIPTOR = 3;
  private static final int LONGEST_PATH_BYTES = 107;

  private final Path base;
  private final boolean tlsConfigured;
  private final boolean insecureListen;

  ListenConfig(Path base, boolean tlsConfigured, boolean insecureListen) {
    this.base = base;
    this.tlsConfigured = tlsConfigured;
    this.insecureListen = insecureListen;
  }

  /** A host and a port. */
  record HostPort(String host, int port) {}

  /** Reads {@code HOST:PORT} or {@code [ADDRESS]:PORT}. */
  static HostPort hostPort(ConfigNode node) throws WrongConfiguration {
    String text = node.text();
    if (!text.matches("([A-Za-z0-9.-]+|\\[[0-9A-Fa-f:.]+\\]):\\d{1,5}")) {
      throw node.wrong("is '%s' but must be HOST:PORT".formatted(text));
    }
    int colon = text.lastIndexOf(':');
    int port = Integer.parseInt(text.substring(colon + 1));
    if (port > 65_535) {
      throw node.wrong("has the port %d but it must be 0 to 65535".formatted(port));
    }
    return new HostPort(text.substring(0, colon).replaceAll("[\\[\\]]", ""), port);
  }

  List<Listener> read(ConfigNode node) throws WrongConfiguration {
    ConfigNode.Fields fields = node.fields("unix", "mode", "tcp", "systemd", "tls");
    TlsMode tls = tls(fields);
    return switch (fields.exactlyOne("unix", "tcp", "systemd")) {
      case "unix" -> List.of(new Listener(unix(fields), tls));
      case "tcp" -> List.of(new Listener(tcp(fields.required("tcp"), tls), tls));
      default -> inherited(fields.required("systemd"), tls);
    };
  }

  private TlsMode tls(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("tls");
    if (node.isEmpty()) {
      return fields.optional("tcp").isPresent() && tlsConfigured ? TlsMode.REQUIRED : TlsMode.OFF;
    }
    TlsMode mode =
        switch (node.get().oneOf("off", "allowed", "required")) {
          case "allowed" -> TlsMode.ALLOWED;
          case "required" -> TlsMode.REQUIRED;
          default -> TlsMode.OFF;
        };
    if (mode != TlsMode.OFF && !tlsConfigured) {
      throw node.get().wrong("needs the file's 'tls' with certificate and key");
    }
    return mode;
  }

  private Endpoint unix(ConfigNode.Fields fields) throws WrongConfiguration {
    Path path = fields.required("unix").path(base);
    if (path.toString().length() > LONGEST_PATH_BYTES) {
      throw fields.required("unix").wrong("is longer than %d bytes".formatted(LONGEST_PATH_BYTES));
    }
    Optional<ConfigNode> mode = fields.optional("mode");
    if (mode.isEmpty()) {
      return new Endpoint.Unix(path);
    }
    if (!mode.get().text().matches("0?[0-7]{3}")) {
      throw mode.get().wrong("is '%s' but must be as \"0660\"".formatted(mode.get().text()));
    }
    return new Endpoint.Unix(path, Integer.parseInt(mode.get().text(), 8));
  }

  /**
   * In clear on the network whoever reads it has the disk's content, which is what is protected.
   */
  private Endpoint tcp(ConfigNode node, TlsMode tls) throws WrongConfiguration {
    HostPort where = hostPort(node);
    try {
      boolean loopback = InetAddress.getByName(where.host()).isLoopbackAddress();
      if (!loopback && tls != TlsMode.REQUIRED && !insecureListen) {
        throw node.wrong(
            "is not a loopback address, so its 'tls' must be 'required' (or 'insecure_listen'"
                + " true)");
      }
    } catch (UnknownHostException e) {
      throw node.wrong("names a host that is not known");
    }
    return new Endpoint.Tcp(where.host(), where.port());
  }

  /** The sockets that systemd passed to this process; none while a file is only checked. */
  private static List<Listener> inherited(ConfigNode node, TlsMode tls) throws WrongConfiguration {
    if (!node.flag()) {
      throw node.wrong("must be true, or not be there");
    }
    return IntStream.range(FIRST_DESCRIPTOR, FIRST_DESCRIPTOR + passedSockets())
        .mapToObj(descriptor -> new Listener(new Endpoint.Inherited(descriptor), tls))
        .toList();
  }

  /** As sd_listen_fds(3) counts them. */
  private static int passedSockets() {
    String count = System.getenv("LISTEN_FDS");
    boolean ours = Long.toString(ProcessHandle.current().pid()).equals(System.getenv("LISTEN_PID"));
    return ours && count != null && count.matches("\\d{1,3}") ? Integer.parseInt(count) : 0;
  }
}
