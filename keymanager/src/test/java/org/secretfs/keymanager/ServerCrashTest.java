package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditTrail;
import org.secretfs.audit.Verification;
import org.secretfs.keymanager.sigv4.SignedClient;

/** SIGKILL of the server while clients make keys and encrypt. */
class ServerCrashTest {
  private static final int KILLS = 3;
  private static final int CLIENTS = 8;

  @TempDir private Path directory;
  private final Set<String> answered = ConcurrentHashMap.newKeySet();
  private final Map<String, String> blobOfKey = new ConcurrentHashMap<>();

  @Test
  void serve_killedUnderLoad_everyAnswerIsRecordedAndEveryKeyDecrypts() throws Exception {
    KeyManagerConfig config = KeyManagerConfig.below(directory);
    KeyManager.init(config, Clock.systemUTC());
    SplittableRandom random = new SplittableRandom(2026);
    try (AccessKey key =
        KeyManager.provisionUser(
            config, "tester", List.of(Administration.ADMINISTRATOR_ACCESS), Clock.systemUTC())) {
      for (int kill = 0; kill < KILLS; kill++) {
        loadAndKill(key.id(), TestServer.text(key), 60 + random.nextInt(200));
      }
      assertThat(blobOfKey).hasSizeGreaterThan(KILLS * 10);
      try (ServerProcess server = ServerProcess.start(directory);
          SignedClient client = new SignedClient(server.uri(), key.id(), TestServer.text(key))) {
        for (String blob : blobOfKey.values()) {
          assertThat(client.call("Decrypt", "{\"CiphertextBlob\":\"%s\"}".formatted(blob)).status())
              .isEqualTo(200);
        }
      }
    }
    Set<String> recorded = new HashSet<>();
    Verification all =
        AuditTrail.read(config.auditDirectory(), e -> recorded.add(e.event().requestId()));
    assertThat(all.firstBreak()).isEmpty();
    assertThat(recorded).containsAll(answered);
  }

  private void loadAndKill(String id, String secret, int after) throws Exception {
    CountDownLatch answers = new CountDownLatch(after);
    List<Thread> threads = new ArrayList<>();
    try (ServerProcess server = ServerProcess.start(directory)) {
      for (int i = 0; i < CLIENTS; i++) {
        SignedClient client = new SignedClient(server.uri(), id, secret);
        threads.add(Thread.ofPlatform().start(() -> work(client, answers)));
      }
      answers.await();
    }
    for (Thread thread : threads) {
      thread.join();
    }
  }

  /** Works until the server is gone. */
  private void work(SignedClient client, CountDownLatch answers) {
    try (client) {
      while (true) {
        String keyId =
            call(client, answers, "CreateKey", "{}").at("/KeyMetadata/KeyId").textValue();
        String blob =
            call(
                    client,
                    answers,
                    "Encrypt",
                    "{\"KeyId\":\"%s\",\"Plaintext\":\"c2VjcmV0\"}".formatted(keyId))
                .path("CiphertextBlob")
                .textValue();
        blobOfKey.put(keyId, blob);
      }
    } catch (IOException e) {
      // That is how it ends.
    }
  }

  private JsonNode call(SignedClient client, CountDownLatch answers, String operation, String json)
      throws IOException {
    SignedClient.Answer answer = client.call(operation, json);
    answered.add(answer.requestId());
    answers.countDown();
    return answer.json();
  }
}
