package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.keymanager.sigv4.SignedClient;

/** A disk that is full where the audit log is. */
class AuditFailureTest {
  private static final Path PRLIMIT = Path.of("/usr/bin/prlimit");

  @TempDir private Path directory;

  private static int status(URI uri) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      var request = HttpRequest.newBuilder(uri).build();
      return http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
    }
  }

  private static Path onlyFile(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(file -> file.toString().endsWith(".jsonl")).findAny().orElseThrow();
    }
  }

  /** Of this process: what it writes beyond fails with EFBIG. */
  private static void limitFileSize(String bytes) throws Exception {
    String pid = Long.toString(ProcessHandle.current().pid());
    Process process =
        new ProcessBuilder(PRLIMIT.toString(), "--pid", pid, "--fsize=" + bytes + ":")
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    assertThat(process.waitFor()).isZero();
  }

  @Test
  void request_auditLogCannotBeWritten_isNotAnsweredAndHealthIsRed() throws Exception {
    assumeTrue(Files.isExecutable(PRLIMIT), PRLIMIT + " is not there");
    KeyManagerConfig config = KeyManagerConfig.below(directory);
    KeyManager.init(config, Clock.systemUTC());
    try (KeyManagerServer server = KeyManagerServer.start(config, Clock.systemUTC());
        AccessKey key =
            KeyManager.provisionUser(
                config,
                "tester",
                List.of(Administration.ADMINISTRATOR_ACCESS),
                Clock.systemUTC())) {
      URI uri = URI.create("http://127.0.0.1:" + server.port());
      assertThat(status(uri.resolve("/healthz"))).isEqualTo(200);
      // From here on no file grows beyond what the log has: as on a full disk.
      limitFileSize(Long.toString(Files.size(onlyFile(config.auditDirectory()))));
      try (SignedClient client = new SignedClient(uri, key.id(), TestServer.text(key))) {
        for (int i = 0; i < 2; i++) {
          SignedClient.Answer answer = client.call("GenerateRandom", "{\"NumberOfBytes\":32}");
          assertThat(answer.status()).isEqualTo(503);
          assertThat(answer.type()).isEqualTo("KMSInternalException");
          assertThat(answer.json().has("Plaintext")).isFalse();
        }
      }
      assertThat(status(uri.resolve("/healthz"))).isEqualTo(503);
      assertThat(status(uri.resolve("/readyz"))).isEqualTo(503);
    } finally {
      limitFileSize("unlimited");
    }
  }
}
