package org.secretfs.keys;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/**
 * An HTTP server that plays a script of answers, for faults that no real service shows on demand.
 */
final class FakeAws implements AutoCloseable {
  /** Answers one request. */
  @FunctionalInterface
  interface Reply {
    void send(HttpExchange exchange, CountDownLatch closed) throws IOException;
  }

  /** A request that arrived; names of headers in lower case. */
  record Request(String method, String path, Map<String, String> headers, String body) {}

  /** Closes the connection without an answer. */
  static final Reply HANG_UP = (exchange, closed) -> {};

  /** Says nothing until the server is closed. */
  static final Reply SILENCE = (exchange, closed) -> await(closed, 3600_000);

  /** Sends a byte of a long answer every 20 ms, for ever. */
  static final Reply TRICKLE =
      (exchange, closed) -> {
        exchange.sendResponseHeaders(200, 1 << 20);
        while (!await(closed, 20)) {
          exchange.getResponseBody().write(' ');
          exchange.getResponseBody().flush();
        }
      };

  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Deque<Reply> script = new ArrayDeque<>();
  private final List<Request> requests = new ArrayList<>();

  /** Starts a server that gives these answers in turn, the last one again and again. */
  FakeAws(Reply... replies) throws IOException {
    script.addAll(List.of(replies));
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::handle);
    server.setExecutor(threads);
    server.start();
  }

  /** A JSON answer. */
  static Reply json(int status, String body) {
    return body(status, "application/x-amz-json-1.1", body.getBytes(StandardCharsets.UTF_8));
  }

  /** A failure as KMS words it. */
  static Reply kmsError(int status, String code, String message) {
    return json(status, "{\"__type\":\"%s\",\"message\":\"%s\"}".formatted(code, message));
  }

  /** A failure as S3 words it. */
  static Reply s3Error(int status, String code) {
    String xml = "<Error><Code>%s</Code><Message>text</Message></Error>".formatted(code);
    return body(status, "application/xml", xml.getBytes(StandardCharsets.UTF_8));
  }

  static Reply body(int status, String type, byte[] body) {
    return (exchange, closed) -> {
      exchange.getResponseHeaders().set("Content-Type", type);
      exchange.getResponseHeaders().set("x-amzn-RequestId", "request-1");
      exchange.sendResponseHeaders(status, body.length == 0 ? -1 : body.length);
      try (OutputStream out = exchange.getResponseBody()) {
        out.write(body);
      }
    };
  }

  URI endpoint() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  synchronized List<Request> requests() {
    return List.copyOf(requests);
  }

  KmsSettings kms(CallLimits limits) {
    return new KmsSettings(
        "alias/key",
        Optional.of("eu-west-1"),
        Optional.of(endpoint()),
        Map.of("volume", "v"),
        limits);
  }

  S3Settings s3() {
    return new S3Settings(
        "bucket",
        "",
        Optional.of("eu-west-1"),
        Optional.of(endpoint()),
        Optional.of("123456789012"),
        CallLimits.DEFAULT);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readAllBytes();
      next(request(exchange, new String(body, StandardCharsets.UTF_8))).send(exchange, closed);
    }
  }

  private synchronized Reply next(Request request) {
    requests.add(request);
    return script.size() > 1 ? script.removeFirst() : script.getFirst();
  }

  private static Request request(HttpExchange exchange, String body) {
    Map<String, String> headers = new TreeMap<>();
    exchange
        .getRequestHeaders()
        .forEach(
            (name, values) -> headers.put(name.toLowerCase(Locale.ROOT), String.join(",", values)));
    return new Request(
        exchange.getRequestMethod(), exchange.getRequestURI().toString(), headers, body);
  }

  private static boolean await(CountDownLatch latch, long milliseconds) {
    try {
      return latch.await(milliseconds, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  @Override
  public void close() {
    closed.countDown();
    server.stop(0);
    threads.shutdownNow();
  }
}
