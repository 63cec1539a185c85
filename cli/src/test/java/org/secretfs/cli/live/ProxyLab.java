package org.secretfs.cli.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.cli.Main;

/** A proxy in a process of its own, configured in a folder; its clients are other programs. */
final class ProxyLab implements AutoCloseable {
  private static final long START_SECONDS = 90;
  private static final Pattern METRICS = Pattern.compile("metrics at http://(\\S+)/metrics");

  private final Path directory;
  private final Cli cli;
  private String listen = "  - unix: nbd.sock\n";
  private String settings = "";
  private Optional<Cli.Running> running = Optional.empty();

  /** Environment variables are for the proxy's process: credentials. */
  ProxyLab(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.cli = new Cli(new HashMap<>(environment));
  }

  static void requireTools(String... tools) {
    for (String tool : tools) {
      assumeTrue(new SystemCommandRunner().find(tool).isPresent(), tool + " is not installed");
    }
  }

  Path config() {
    return directory.resolve("proxy.yaml");
  }

  Path directory() {
    return directory;
  }

  Cli cli() {
    return cli;
  }

  ProxyLab listening(String entries) {
    listen = entries;
    return this;
  }

  ProxyLab with(String lines) {
    settings = lines;
    return this;
  }

  /** Writes the configuration; {@code exports} is indented by 2. */
  ProxyLab configure(String exports) throws IOException {
    Files.writeString(
        config(),
        """
        listen:
        %sadmin_socket: admin.sock
        http: 127.0.0.1:0
        state_directory: state
        runtime_directory: run
        drain: 5s
        %sexports:
        %s\
        """
            .formatted(listen, settings, exports.indent(0)));
    return this;
  }

  /** An export on a file that is made, with a key file. */
  static String fileExport(String name, String more) {
    return """
      %1$s:
        backing: {file: %1$s.img, size: 64MiB}
        create: true
        key_source: {key_file: %1$s.key}
        clients: any
    %2$s\
    """
        .formatted(name, more.isEmpty() ? "" : "    " + more + "\n");
  }

  ProxyLab start() throws Exception {
    launch();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (!Files.readString(running().err()).contains("proxy serves")) {
      if (!running().process().isAlive() || System.nanoTime() > deadline) {
        throw new IOException("the proxy did not start: " + Files.readString(running().err()));
      }
      Thread.sleep(20);
    }
    return this;
  }

  /** Starts it without waiting. */
  void launch() throws IOException {
    running = Optional.of(cli.start(Main.class, "proxy", "serve", "--config", config().toString()));
  }

  Cli.Result finish() throws Exception {
    return cli.finish(running());
  }

  private Cli.Running running() {
    return running.orElseThrow();
  }

  Process process() {
    return running().process();
  }

  String log() throws IOException {
    return Files.readString(running().err());
  }

  URI uri(String export) {
    return URI.create("nbd+unix:///%s?socket=%s".formatted(export, directory.resolve("nbd.sock")));
  }

  /** Runs an admin command that must succeed. */
  JsonNode admin(String... words) throws IOException {
    Cli.Result result = tryAdmin(words);
    assertThat(result.status()).as(result.toString()).isZero();
    return result.json();
  }

  Cli.Result tryAdmin(String... words) {
    String[] all = new String[words.length + 4];
    all[0] = "proxy";
    System.arraycopy(words, 0, all, 1, words.length);
    all[words.length + 1] = "--config";
    all[words.length + 2] = config().toString();
    all[words.length + 3] = "--json";
    return cli.run(all);
  }

  JsonNode export(String name) throws IOException {
    return find(name).orElseThrow(() -> new IOException("no export " + name));
  }

  private Optional<JsonNode> find(String name) throws IOException {
    for (JsonNode export : admin("export", "list").get("exports")) {
      if (export.get("name").asText().equals(name)) {
        return Optional.of(export);
      }
    }
    return Optional.empty();
  }

  void awaitState(String name, String state) throws Exception {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (find(name).filter(found -> found.get("state").asText().equals(state)).isEmpty()) {
      assertThat(System.nanoTime())
          .as("%s becomes %s: %s", name, state, log())
          .isLessThan(deadline);
      Thread.sleep(100);
    }
  }

  HttpResponse<String> http(String path) throws Exception {
    Matcher address = METRICS.matcher(log());
    assertThat(address.find()).isTrue();
    try (HttpClient client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://" + address.group(1) + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** What a program of another maker did. */
  record Ran(int status, String output) {}

  static Ran run(String... words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(120, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new IOException(List.of(words) + " did not end");
    }
    return new Ran(process.exitValue(), output);
  }

  static String mustRun(String... words) throws Exception {
    Ran ran = run(words);
    assertThat(ran.status()).as("%s: %s", List.of(words), ran.output()).isZero();
    return ran.output();
  }

  /** Runs commands of qemu-io on an export; the status tells whether all succeeded. */
  Ran qemuIo(String export, String... commands) throws Exception {
    String[] words = new String[commands.length * 2 + 4];
    words[0] = "qemu-io";
    words[1] = "-f";
    words[2] = "raw";
    for (int i = 0; i < commands.length; i++) {
      words[3 + 2 * i] = "-c";
      words[4 + 2 * i] = commands[i];
    }
    words[words.length - 1] = uri(export).toString();
    return run(words);
  }

  void kill() throws Exception {
    running().process().destroyForcibly().waitFor();
  }

  /** Ends it as a service manager would. */
  void stop() throws IOException {
    try {
      if (running.isPresent() && running().process().isAlive()) {
        running().process().destroy();
        if (!running().process().waitFor(30, TimeUnit.SECONDS)) {
          running().process().destroyForcibly().waitFor();
          throw new IOException("the proxy did not end: " + log());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    stop();
  }
}
