package org.secretfs.cli.proxy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.secretfs.attach.KernelNbd;
import org.secretfs.nbd.client.NbdTarget;
import org.secretfs.nbd.client.NbdTarget.LostWrites;
import org.secretfs.nbd.client.NbdUri;
import org.secretfs.nbd.socket.Endpoint;
import org.secretfs.proxy.ClientTls;
import org.secretfs.proxy.ProxyException;

/**
 * An export as a client reaches it. It holds no secrets, only the names of files that do.
 *
 * @param uri as {@link NbdUri} reads it
 * @param tls only where the address asks for it; paths are absolute
 * @param connections 1 to 16
 * @param patience how long requests wait for a server that is gone
 * @param trustServer whether the server keeps what it acknowledged, even if it is restarted
 */
record RemoteExport(
    String uri, Optional<ClientTls> tls, int connections, Duration patience, boolean trustServer) {
  private static final Duration STALL = Duration.ofSeconds(60);

  /** In a form that {@link #of} reads: the address, then names and values. */
  List<String> description() {
    List<String> texts = new ArrayList<>(List.of(uri));
    texts.add("connections=" + connections);
    texts.add("patience=" + patience.toSeconds());
    texts.add("trust=" + trustServer);
    tls.ifPresent(files -> {
      add(texts, "authorities", files.authorities());
      add(texts, "certificate", files.certificate());
      add(texts, "key", files.key());
      add(texts, "server_name", files.serverName());
    });
    return texts;
  }

  private static void add(List<String> texts, String name, Optional<?> value) {
    value.ifPresent(v -> texts.add(name + "=" + v));
  }

  static RemoteExport of(List<String> description) {
    Map<String, String> values = new HashMap<>();
    for (String text : description.subList(1, description.size())) {
      int end = text.indexOf('=');
      values.put(text.substring(0, end), text.substring(end + 1));
    }
    ClientTls tls =
        new ClientTls(
            path(values, "authorities"),
            path(values, "certificate"),
            path(values, "key"),
            Optional.ofNullable(values.get("server_name")));
    return new RemoteExport(
        description.getFirst(),
        tls.equals(ClientTls.DEFAULT) ? Optional.empty() : Optional.of(tls),
        Integer.parseInt(values.getOrDefault("connections", "1")),
        Duration.ofSeconds(Long.parseLong(values.getOrDefault("patience", "30"))),
        Boolean.parseBoolean(values.get("trust")));
  }

  private static Optional<Path> path(Map<String, String> values, String name) {
    return Optional.ofNullable(values.get(name)).map(Path::of);
  }

  /** For our own client. */
  NbdTarget target() throws ProxyException {
    return ClientTls.target(NbdUri.parse(uri), tls)
        .withConnections(connections)
        .withPatience(patience.compareTo(STALL) < 0 ? patience : STALL, patience)
        .with(trustServer ? LostWrites.TRUST_SERVER : LostWrites.FAIL_FLUSHES);
  }

  /** For the kernel's client. */
  KernelNbd.Server kernelServer() {
    NbdUri address = NbdUri.parse(uri);
    int timeoutSeconds = Math.toIntExact(Math.max(1, patience.toSeconds()));
    Optional<KernelNbd.Tls> files =
        address.tls() ? Optional.of(kernelTls(address)) : Optional.empty();
    return address.endpoint() instanceof Endpoint.Tcp tcp
        ? new KernelNbd.Server(
            Optional.empty(), tcp.host(), tcp.port(), address.exportName(), timeoutSeconds, files)
        : new KernelNbd.Server(
            Optional.of(((Endpoint.Unix) address.endpoint()).path()),
            "",
            0,
            address.exportName(),
            timeoutSeconds,
            files);
  }

  private KernelNbd.Tls kernelTls(NbdUri address) {
    ClientTls files = tls.orElse(ClientTls.DEFAULT);
    return new KernelNbd.Tls(
        files.authorities(),
        files.certificate(),
        files.key(),
        files.serverName().orElse(address.serverName()));
  }
}
