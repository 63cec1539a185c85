package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.keymanager.Scenarios.Scenario;
import org.secretfs.keymanager.sigv4.SignedClient;

/**
 * What AWS answered, as others recorded it, against what this server answers: the same errors with
 * the same messages, the same members with the same values.
 *
 * <p>The recording has {@link #RECORDED} scenarios. {@link #APPLICABLE} of them concern operations
 * and kinds of keys that exist here and are played in full. The others need several imported
 * materials, imported keys that are not symmetric, or replicas, which do not exist here yet; ten
 * have no recorded answers at all.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {
  private static final int RECORDED = 114;
  private static final int APPLICABLE = 84;

  private Map<String, Scenario> scenarios = Map.of();
  private TestServer server;
  private SignedClient client;
  private JsonNode recorded;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    recorded =
        new ObjectMapper().readTree(SharedData.find("aws-kms-recorded-responses.json").toFile());
    KeyManagerConfig plain = KeyManagerConfig.below(directory);
    KeyManagerConfig config =
        new KeyManagerConfig(
            "127.0.0.1",
            0,
            false,
            plain.stateDirectory(),
            plain.rootKeyFile(),
            plain.auditDirectory(),
            "111111111111",
            "us-east-1");
    server = TestServer.start(config, Clock.systemUTC());
    client = new SignedClient(server.uri(), server.accessKeyId(), server.secretAccessKey());
    scenarios = Scenarios.all(client);
  }

  @AfterAll
  void stop() {
    if (client != null) {
      client.close();
      server.close();
    }
  }

  @Test
  void recording_counted_isCoveredAsFarAsSaid() {
    assertThat(Recording.byName(recorded)).hasSize(RECORDED);
    assertThat(scenarios).hasSize(APPLICABLE);
    assertThat(Recording.byName(recorded).keySet()).containsAll(scenarios.keySet());
  }

  @TestFactory
  List<DynamicTest> answer_recordedScenario_isWhatAwsAnswered() {
    Map<String, JsonNode> all = Recording.byName(recorded);
    List<DynamicTest> tests = new ArrayList<>();
    scenarios.forEach((name, scenario) ->
        tests.add(
            DynamicTest.dynamicTest(
                name, () -> Recording.compare(all.getOrDefault(name, recorded), scenario.play()))));
    return tests;
  }
}
