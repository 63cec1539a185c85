package org.secretfs.cli.config;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.failure.CliException.WrongConfiguration;
import org.secretfs.failure.SecretfsException;
import org.secretfs.keys.CallObserver;
import org.secretfs.nbd.server.ServerConfig;
import org.secretfs.nbd.server.ServerConfig.Listener;
import org.secretfs.nbd.server.TlsMode;
import org.secretfs.proxy.ConfigSource;
import org.secretfs.proxy.ExportSpec;
import org.secretfs.proxy.ProxyAudit;
import org.secretfs.proxy.ProxyConfig;
import org.secretfs.proxy.TlsFiles;

/** Reads {@code proxy.yaml}, and exports in the same form. */
public final class ProxyYaml implements ConfigSource {
  /** Where the configuration is looked for. */
  public static final Path DEFAULT_FILE = Path.of("/etc/secretfs/proxy.yaml");

  private static final Path STATE = Path.of("/var/lib/secretfs-proxy");
  private static final Path RUNTIME = Path.of("/run/secretfs-proxy");
  private static final Duration DRAIN = Duration.ofSeconds(30);
  private static final String[] NAMES = {
    "listen",
    "tls",
    "insecure_listen",
    "limits",
    "admin_socket",
    "http",
    "state_directory",
    "runtime_directory",
    "default_export",
    "drain",
    "exports"
  };

  private final Path file;
  private final Path base;
  private final CallObserver observer;

  /**
   * A reader of one file.
   *
   * @param observer is told of each call to a key source
   */
  public ProxyYaml(Path file, CallObserver observer) {
    this.file = file;
    this.base = ConfigFile.directoryOf(file);
    this.observer = observer;
  }

  /** The audit trail that the file names, not open yet. */
  public static ProxyAudit audit(Path file, Clock clock) throws CliException {
    Path base = ConfigFile.directoryOf(file);
    Path state =
        ConfigFile.read(file).fields(NAMES).path("state_directory", base, STATE).resolve("audit");
    return new ProxyAudit(state, clock, Version.USER_AGENT);
  }

  /** Where a proxy with this file listens for its owner's commands. */
  public static Path adminSocket(Path file) throws CliException {
    ConfigNode.Fields fields = ConfigFile.read(file).fields(NAMES);
    Path base = ConfigFile.directoryOf(file);
    return fields.path("admin_socket", base, runtime(fields, base).resolve("proxy.sock"));
  }

  private static Path runtime(ConfigNode.Fields fields, Path base) throws WrongConfiguration {
    return fields.path("runtime_directory", base, RUNTIME);
  }

  @Override
  public ProxyConfig reread() throws SecretfsException {
    ConfigNode root = ConfigFile.read(file);
    ConfigNode.Fields fields = root.fields(NAMES);
    Path runtime = runtime(fields, base);
    List<ExportSpec> exports = exports(fields.required("exports"));
    return new ProxyConfig(
        server(fields),
        fields.path("admin_socket", base, runtime.resolve("proxy.sock")),
        MonitorAddress.read(fields),
        runtime,
        defaultExport(fields, exports),
        duration(fields, "drain", DRAIN),
        exports,
        settings(root));
  }

  @Override
  public List<ExportSpec> exports(String text) throws WrongConfiguration {
    ConfigNode root = ConfigFile.parse("exports", text.getBytes(StandardCharsets.UTF_8));
    return exports(root.fields("exports").required("exports"));
  }

  private List<ExportSpec> exports(ConfigNode node) throws WrongConfiguration {
    ExportConfig reader = new ExportConfig(base, observer);
    List<ExportSpec> exports = new ArrayList<>();
    for (Map.Entry<String, ConfigNode> entry : node.entries().entrySet()) {
      exports.add(reader.read(entry.getKey(), entry.getValue()));
    }
    return exports;
  }

  /** All but the exports. */
  private static String settings(ConfigNode root) throws WrongConfiguration {
    Map<String, ConfigNode> entries = new TreeMap<>(root.entries());
    entries.remove("exports");
    StringBuilder text = new StringBuilder();
    for (Map.Entry<String, ConfigNode> entry : entries.entrySet()) {
      text.append(entry.getKey()).append(':').append(entry.getValue().canonical()).append('\n');
    }
    return text.toString();
  }

  private ServerConfig server(ConfigNode.Fields fields) throws SecretfsException {
    ConfigNode list = fields.required("listen");
    Optional<ConfigNode> tls = fields.optional("tls");
    Optional<ConfigNode> insecure = fields.optional("insecure_listen");
    ListenConfig reader =
        new ListenConfig(base, tls.isPresent(), insecure.isPresent() && insecure.get().flag());
    List<Listener> listeners = new ArrayList<>();
    for (ConfigNode item : list.items()) {
      listeners.addAll(reader.read(item));
    }
    if (listeners.isEmpty()) {
      throw list.wrong("must have at least one entry");
    }
    boolean needsTls = listeners.stream().anyMatch(l -> l.tls() != TlsMode.OFF);
    return new ServerConfig(
        listeners,
        needsTls ? Optional.of(tls(tls.orElseThrow())) : Optional.empty(),
        limits(fields));
  }

  private ServerConfig.Tls tls(ConfigNode node) throws SecretfsException {
    ConfigNode.Fields fields =
        node.fields("certificate", "key", "client_authorities", "client_certificate");
    Path certificate = fields.required("certificate").path(base);
    Path key = fields.required("key").path(base);
    Path authorities = fields.required("client_authorities").path(base);
    Optional<ConfigNode> demanded = fields.optional("client_certificate");
    boolean required =
        demanded.isEmpty() || demanded.get().oneOf("required", "optional").equals("required");
    return new ServerConfig.Tls(
        TlsFiles.context(Optional.of(certificate), Optional.of(key), Optional.of(authorities)),
        required);
  }

  private static ServerConfig.Limits limits(ConfigNode.Fields fields) throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("limits");
    ServerConfig.Limits standard = ServerConfig.Limits.DEFAULT;
    if (node.isEmpty()) {
      return standard;
    }
    ConfigNode.Fields limits =
        node.get()
            .fields(
                "connections",
                "connections_per_client",
                "negotiations",
                "workers_per_connection",
                "further_workers");
    int connections = number(limits, "connections", standard.connections(), 65_536);
    return new ServerConfig.Limits(
        connections,
        number(limits, "connections_per_client", Math.max(1, connections / 2), 65_536),
        number(limits, "negotiations", standard.negotiations(), 65_536),
        standard.negotiation(),
        number(limits, "workers_per_connection", standard.workersPerConnection(), 256),
        number(limits, "further_workers", standard.furtherWorkers(), 65_536));
  }

  private static int number(ConfigNode.Fields fields, String name, int otherwise, int most)
      throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    if (node.isEmpty()) {
      return otherwise;
    }
    String text = node.get().text();
    if (!text.matches("\\d{1,6}") || Integer.parseInt(text) < 1 || Integer.parseInt(text) > most) {
      throw node.get().wrong("is '%s' but must be 1 to %d".formatted(text, most));
    }
    return Integer.parseInt(text);
  }

  private static Duration duration(ConfigNode.Fields fields, String name, Duration otherwise)
      throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional(name);
    return node.isEmpty() ? otherwise : Durations.of(node.get());
  }

  private static Optional<String> defaultExport(ConfigNode.Fields fields, List<ExportSpec> exports)
      throws WrongConfiguration {
    Optional<ConfigNode> node = fields.optional("default_export");
    if (node.isEmpty()) {
      return Optional.empty();
    }
    String name = node.get().text();
    List<String> names = exports.stream().map(ExportSpec::name).toList();
    if (!names.contains(name)) {
      throw node.get().wrong("names no export" + Nearest.suggestion(name, names));
    }
    return Optional.of(name);
  }
}
