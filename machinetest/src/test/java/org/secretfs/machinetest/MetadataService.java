package org.secretfs.machinetest;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A stand-in for the instance metadata service of EC2, version 2: a token is required for every
 * read. Serves a tree of documents under every API version; a folder answers with its children.
 */
final class MetadataService implements AutoCloseable {
  private static final Pattern VERSION = Pattern.compile("^/(latest|\\d{4}-\\d{2}-\\d{2})/");

  private final TreeMap<String, String> documents = new TreeMap<>();
  private final String token = UUID.randomUUID().toString();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  /** Starts the service on a free port of 127.0.0.1. */
  MetadataService(Map<String, String> documents) throws IOException {
    this.documents.putAll(documents);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 16);
    server.createContext("/", this::answer);
    server.setExecutor(threads);
    server.start();
  }

  int port() {
    return server.getAddress().getPort();
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      String path = exchange.getRequestURI().getPath();
      if (exchange.getRequestMethod().equals("PUT")) {
        send(exchange, path.equals("/latest/api/token") ? token : null);
      } else if (!token.equals(exchange.getRequestHeaders().getFirst("X-aws-ec2-metadata-token"))) {
        exchange.sendResponseHeaders(401, -1);
      } else {
        send(exchange, read(VERSION.matcher(path).replaceFirst("")));
      }
    }
  }

  private @Nullable String read(String path) {
    String document = documents.get(path);
    return document != null ? document : listing(path);
  }

  private @Nullable String listing(String path) {
    String folder = path.isEmpty() || path.endsWith("/") ? path : path + "/";
    TreeSet<String> children = new TreeSet<>();
    for (String key : documents.tailMap(folder).keySet()) {
      if (!key.startsWith(folder)) {
        break;
      }
      String rest = key.substring(folder.length());
      int slash = rest.indexOf('/');
      children.add(slash < 0 ? rest : rest.substring(0, slash + 1));
    }
    return children.isEmpty() ? null : String.join("\n", children);
  }

  private static void send(HttpExchange exchange, @Nullable String body) throws IOException {
    if (body == null) {
      exchange.sendResponseHeaders(404, -1);
      return;
    }
    byte[] bytes = body.getBytes(UTF_8);
    exchange.getResponseHeaders().add("X-aws-ec2-metadata-token-ttl-seconds", "21600");
    exchange.sendResponseHeaders(200, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
