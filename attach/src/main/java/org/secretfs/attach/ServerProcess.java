package org.secretfs.attach;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A volume server from its start to its "ready". In a session of its own, it survives us. */
final class ServerProcess {
  private static final Logger LOG = LoggerFactory.getLogger(ServerProcess.class);
  private static final String GONE = "";

  private final Process process;
  private final RuntimeDirectory directory;

  private ServerProcess(Process process, RuntimeDirectory directory) {
    this.process = process;
    this.directory = directory;
  }

  /** Starts it and sends what it is to be told, last of all a key if it needs one. */
  static ServerProcess start(
      List<String> serverCommand, RuntimeDirectory directory, ByteBuffer... told)
      throws IOException {
    List<String> words = new ArrayList<>(List.of("/usr/bin/setsid"));
    words.addAll(serverCommand);
    ProcessBuilder builder = new ProcessBuilder(words).directory(Path.of("/").toFile());
    builder.environment().keySet().retainAll(List.of("JAVA_HOME"));
    builder
        .environment()
        .putAll(
            Map.of(
                "PATH",
                "/usr/sbin:/usr/bin:/sbin:/bin",
                "LC_ALL",
                "C.UTF-8",
                "SECRETFS_JAVA_HOME",
                System.getProperty("java.home")));
    builder.redirectError(Redirect.to(directory.log().toFile()));
    ServerProcess server = new ServerProcess(builder.start(), directory);
    server.send(told);
    return server;
  }

  private void send(ByteBuffer... told) {
    try {
      ProcessInput.send(process, told);
    } catch (IOException e) {
      // It ended before it had read everything; awaitReady tells with what it said.
      LOG.debug("a child closed its standard input early", e);
    }
  }

  /** Waits for its "ready"; kills it if it says anything else, or nothing. */
  void awaitReady(Duration limit) throws AttachException {
    String said = firstLine(limit);
    if (said.equals(ServerLife.READY)) {
      return;
    }
    process.destroyForcibly();
    if (said.startsWith(ServerLife.BUSY)) {
      throw new AttachException.Busy(said.substring(ServerLife.BUSY.length()), List.of());
    }
    boolean ended = Waiting.until(limit, () -> !process.isAlive());
    String reason =
        said.equals(GONE) ? "ended or stayed silent for " + limit.toSeconds() + " s" : said;
    throw new AttachException.ServerDied(
        "server in %s: %s%s; its log: %s"
            .formatted(
                directory.path(), reason, ended ? "" : ", still runs", directory.lastLogLines()));
  }

  private String firstLine(Duration limit) {
    FutureTask<String> line = new FutureTask<>(this::readLine);
    Thread.ofPlatform().daemon().name("server-ready").start(line);
    try {
      return line.get(limit.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    } catch (ExecutionException | TimeoutException e) {
      return GONE;
    }
  }

  private String readLine() throws IOException {
    try (BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String line = reader.readLine();
      return line == null ? GONE : line;
    }
  }
}
