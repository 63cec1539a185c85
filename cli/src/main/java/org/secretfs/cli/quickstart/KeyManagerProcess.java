package org.secretfs.cli.quickstart;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.process.Background;
import org.secretfs.keymanager.KeyManagerConfig;

/** The key manager as a process of its own that goes on after quickstart. */
final class KeyManagerProcess {
  private static final int USUAL_PORT = 8600;
  private static final int OK = 200;
  private static final Duration READY_WITHIN = Duration.ofSeconds(60);
  private static final Duration STOP_WITHIN = Duration.ofSeconds(20);
  private static final Duration PAUSE = Duration.ofMillis(50);

  private final QuickstartFiles files;

  KeyManagerProcess(QuickstartFiles files) {
    this.files = files;
  }

  /** The usual port, or any other free one of the loopback. */
  static int freePort() throws CliException {
    Optional<Integer> usual = bindable(USUAL_PORT);
    return usual.isPresent()
        ? usual.get()
        : bindable(0)
            .orElseThrow(() ->
                new CliException(CliError.PROCESS_NOT_READY, "no port of the loopback is free"));
  }

  private static Optional<Integer> bindable(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return Optional.of(probe.getLocalPort());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Starts it where it does not run; it answers when this returns. Returns its process id. */
  long ensureRunning(KeyManagerConfig config) throws CliException {
    try {
      Optional<ProcessHandle> running = find();
      if (running.isEmpty()) {
        refuseStranger(config);
      }
      long pid = running.isPresent() ? running.get().pid() : start();
      awaitReady(config, pid);
      return pid;
    } catch (IOException e) {
      throw notReady("cannot be started: " + e, e);
    }
  }

  private Optional<ProcessHandle> find() throws IOException {
    return Background.running(serveArguments());
  }

  private List<String> serveArguments() {
    return List.of("keymanager", "serve", "--config", files.keyManagerConfiguration().toString());
  }

  private long start() throws IOException {
    List<String> command = new ArrayList<>(Background.self());
    command.addAll(serveArguments());
    return Background.start(command, Map.of(), files.keyManagerLog()).pid();
  }

  /** What answers there already would be sent our requests in place of our own server. */
  private void refuseStranger(KeyManagerConfig config) throws CliException {
    URI health = health(config);
    try (HttpClient client = HttpClient.newHttpClient()) {
      if (status(client, health).isPresent()) {
        throw notReady(
            "is not started: a process that is not the one of %s answers at %s already"
                .formatted(files.keyManagerConfiguration(), health),
            null);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notReady("was not waited for: interrupted", e);
    }
  }

  private static URI health(KeyManagerConfig config) {
    return URI.create("http://%s:%d/healthz".formatted(config.listenHost(), config.listenPort()));
  }

  private void awaitReady(KeyManagerConfig config, long pid) throws CliException {
    URI health = health(config);
    long deadline = System.nanoTime() + READY_WITHIN.toNanos();
    try (HttpClient client = HttpClient.newHttpClient()) {
      while (status(client, health).orElse(0) != OK) {
        if (ProcessHandle.of(pid).isEmpty()) {
          throw notReady("ended at once; its log is " + files.keyManagerLog(), null);
        }
        if (System.nanoTime() > deadline) {
          throw notReady("does not answer at " + health, null);
        }
        Thread.sleep(PAUSE);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notReady("was not waited for: interrupted", e);
    }
  }

  /** The status of the answer; empty where nothing answers. */
  private static Optional<Integer> status(HttpClient client, URI health)
      throws InterruptedException {
    HttpRequest request = HttpRequest.newBuilder(health).timeout(Duration.ofSeconds(2)).build();
    try {
      return Optional.of(client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Stops it where it runs. */
  void stop() throws CliException {
    try {
      Optional<ProcessHandle> running = find();
      if (running.isPresent()) {
        running.get().destroy();
        running.get().onExit().get(STOP_WITHIN.toSeconds(), TimeUnit.SECONDS);
      }
    } catch (IOException | ExecutionException | TimeoutException e) {
      throw notReady("does not end: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw notReady("was not waited for: interrupted", e);
    }
  }

  private static CliException notReady(
      String what, @org.jspecify.annotations.Nullable Exception cause) {
    String message = "the key manager " + what;
    return cause == null
        ? new CliException(CliError.PROCESS_NOT_READY, message)
        : new CliException(CliError.PROCESS_NOT_READY, message, cause);
  }
}
