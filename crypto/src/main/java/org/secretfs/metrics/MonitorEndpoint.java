package org.secretfs.metrics;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Executors;
import java.util.function.Supplier;

/**
 * {@code /metrics}, {@code /healthz} and {@code /readyz} over plain HTTP, for the loopback: they
 * show names and how busy a server is.
 */
public final class MonitorEndpoint implements AutoCloseable {
  private final HttpServer http;

  /** An answer: 200, or 503 where something is wrong. */
  public record Answer(boolean good, String contentType, String body) {
    /** An answer in JSON. */
    public static Answer json(boolean good, String body) {
      return new Answer(good, "application/json", body + "\n");
    }
  }

  private MonitorEndpoint(HttpServer http) {
    this.http = http;
  }

  /**
   * Starts to answer.
   *
   * @param address a loopback address
   * @throws IOException if it cannot listen there
   */
  public static MonitorEndpoint start(
      InetSocketAddress address,
      Supplier<Answer> metrics,
      Supplier<Answer> health,
      Supplier<Answer> ready)
      throws IOException {
    HttpServer http = HttpServer.create(address, 16);
    http.createContext("/", exchange -> refuse(exchange, 404));
    http.createContext("/metrics", exchange -> answer(exchange, metrics));
    http.createContext("/healthz", exchange -> answer(exchange, health));
    http.createContext("/readyz", exchange -> answer(exchange, ready));
    http.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    http.start();
    return new MonitorEndpoint(http);
  }

  /** Where it listens. */
  public InetSocketAddress address() {
    return http.getAddress();
  }

  private static void answer(HttpExchange exchange, Supplier<Answer> source) throws IOException {
    if (!exchange.getRequestURI().getPath().equals(exchange.getHttpContext().getPath())) {
      refuse(exchange, 404);
      return;
    }
    if (!exchange.getRequestMethod().equals("GET")) {
      refuse(exchange, 405);
      return;
    }
    Answer answer = source.get();
    byte[] body = answer.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", answer.contentType());
    exchange.sendResponseHeaders(answer.good() ? 200 : 503, body.length);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write(body);
    }
  }

  private static void refuse(HttpExchange exchange, int status) throws IOException {
    exchange.sendResponseHeaders(status, -1);
    exchange.close();
  }

  @Override
  public void close() {
    http.stop(0);
  }
}
