package org.secretfs.audit.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrailDeliveryTest {
  @TempDir private Path temporary;

  private TrailScene scene(String name) {
    return new TrailScene(temporary.resolve(name));
  }

  private static JsonNode json(TrailScene scene, String key) throws IOException {
    return TrailJson.MAPPER.readTree(Gzip.expand(scene.object(key)));
  }

  private static List<String> requests(TrailScene scene) throws IOException {
    List<String> requests = new ArrayList<>();
    for (String key : scene.logs()) {
      json(scene, key).path("Records").forEach(r -> requests.add(r.path("requestID").asText()));
    }
    return requests;
  }

  @Test
  void run_newRecords_areInOneLogFileInCloudTrailsLayout() throws Exception {
    TrailScene scene = scene("audit");
    scene.write(3);

    assertThat(scene.deliver()).isEqualTo(3);

    assertThat(scene.logs())
        .containsExactly(
            "AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/21/"
                + "123456789012_CloudTrail_eu-west-1_20261121T0800Z_0000000000000001.json.gz");
    JsonNode last = json(scene, scene.logs().getFirst()).path("Records").path(2);
    assertThat(last.path("eventVersion").asText()).isEqualTo("1.11");
    assertThat(last.path("additionalEventData").path("note").asInt()).isEqualTo(3);
    assertThat(last.path("additionalEventData").path("auditSequence").asInt()).isEqualTo(3);
    assertThat(scene.digests()).isEmpty();
  }

  @Test
  void run_periodsWithoutRecords_haveDigestsThatContinueEachOther() throws Exception {
    TrailScene scene = scene("audit");
    scene.write(2);
    scene.deliver();
    scene.pass(Duration.ofMinutes(200));
    scene.deliver();

    assertThat(scene.digests()).hasSize(3);
    assertThat(scene.digests().getFirst())
        .isEqualTo(
            "AWSLogs/123456789012/CloudTrail-Digest/eu-west-1/2026/11/21/"
                + "123456789012_CloudTrail-Digest_eu-west-1_main_eu-west-1_20261121T090000Z.json.gz");
    JsonNode first = json(scene, scene.digests().getFirst());
    assertThat(first.path("logFiles")).hasSize(1);
    assertThat(first.path("previousDigestSignature").isNull()).isTrue();
    JsonNode second = json(scene, scene.digests().get(1));
    assertThat(second.path("logFiles")).isEmpty();
    assertThat(second.path("newestEventTime").isNull()).isTrue();
    assertThat(second.path("previousDigestSignature").asText())
        .isEqualTo(scene.metadata(scene.digests().getFirst()).get("signature"));
    assertThat(scene.verify())
        .isEqualTo(new TrailReport(3, 1, 2, 2, scene.verify().lastHash(), 0, List.of()));
  }

  @Test
  void run_killedAtEachStep_deliversEachRecordOnce() throws Exception {
    int steps = 0;
    boolean ended = false;
    while (!ended) {
      TrailScene scene = scene("audit-" + steps);
      scene.write(2);
      scene.deliver();
      scene.pass(Duration.ofMinutes(130));
      scene.write(3);
      scene.killAfter(steps);
      ended = isWhole(scene);
      scene.killAfter(Integer.MAX_VALUE);
      scene.pass(Duration.ofMinutes(1));
      scene.write(1);
      scene.deliver();
      scene.pass(Duration.ofMinutes(60));
      scene.deliver();

      assertThat(requests(scene)).as("killed after %d steps", steps).hasSize(6);
      assertThat(requests(scene)).doesNotHaveDuplicates();
      assertThat(scene.verify().problems()).as("killed after %d steps", steps).isEmpty();
      assertThat(scene.verify().records()).isEqualTo(6);
      steps++;
    }
    // One log and two digests, each planned, put and noted, before and after each of these.
    assertThat(steps).isEqualTo(3 * 3 * 2 + 1);
  }

  private static boolean isWhole(TrailScene scene) throws Exception {
    try {
      scene.deliver();
      return true;
    } catch (TrailScene.Killed e) {
      return false;
    }
  }

  @Test
  void run_logCutOffBeforeWhatWasDelivered_isRefused() throws Exception {
    TrailScene scene = scene("audit");
    scene.write(3);
    scene.deliver();
    Path file = temporary.resolve("audit/audit-000000000000000001.jsonl");
    List<String> lines = Files.readAllLines(file);
    Files.writeString(file, lines.getFirst() + "\n" + lines.get(1) + "\n");
    scene.write(2);

    assertThatThrownBy(scene::deliver)
        .isInstanceOf(IOException.class)
        .hasMessageContaining("record 3 as remembered is not there");
  }

  @Test
  void run_anotherFileInTheWay_isRefused() throws Exception {
    TrailScene scene = scene("audit");
    scene.write(1);
    scene.putIfAbsent(
        scene.names.log(java.time.Instant.parse("2026-11-21T08:00:00Z"), "0000000000000001"),
        Gzip.compress("{\"Records\":[]}".getBytes(StandardCharsets.UTF_8)),
        Map.of());

    assertThatThrownBy(scene::deliver).hasMessageContaining("somebody put another file there");
  }
}
