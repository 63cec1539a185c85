package org.secretfs.audit.delivery;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TrailVerifierTest {
  private TrailScene scene = new TrailScene(Path.of("none"));

  @BeforeEach
  void deliver(@TempDir Path temporary) throws Exception {
    scene = new TrailScene(temporary.resolve("audit"));
    for (int i = 0; i < 4; i++) {
      scene.write(2);
      scene.deliver();
      scene.pass(Duration.ofMinutes(60));
    }
    scene.deliver();
    assertThat(scene.verify().problems()).isEmpty();
    assertThat(scene.verify().digests()).isEqualTo(4);
    assertThat(scene.verify().records()).isEqualTo(8);
  }

  private void edit(String key, String from, String to) throws IOException {
    String text = new String(Gzip.expand(scene.object(key)), StandardCharsets.UTF_8);
    assertThat(text).contains(from);
    scene.objects.put(key, Gzip.compress(text.replace(from, to).getBytes(StandardCharsets.UTF_8)));
  }

  @Test
  void verify_editedLog_isFound() throws Exception {
    edit(scene.logs().get(1), "Decrypt", "Encrypt");
    assertThat(scene.verify().problems())
        .anyMatch(p -> p.startsWith(scene.logs().get(1)) && p.contains("was changed"));
  }

  @Test
  void verify_truncatedRecords_areFound() throws Exception {
    String key = scene.logs().get(2);
    String text = new String(Gzip.expand(scene.object(key)), StandardCharsets.UTF_8);
    edit(key, text.substring(text.lastIndexOf(",{\"eventVersion\"")), "]}");
    assertThat(scene.verify().problems()).anyMatch(p -> p.contains("was changed"));
    byte[] whole = scene.object(key);
    scene.objects.put(key, java.util.Arrays.copyOf(whole, whole.length - 9));
    assertThat(scene.verify().problems()).anyMatch(p -> p.startsWith(key));
  }

  @Test
  void verify_deletedLog_isFoundAndItsRecordsMissed() throws Exception {
    String key = scene.logs().get(1);
    scene.objects.remove(key);
    assertThat(scene.verify().problems())
        .contains(key + ": is missing")
        .anyMatch(p -> p.endsWith("record 5 where 3 should be"));
  }

  @Test
  void verify_editedDigest_isFoundThereAndInTheNext() throws Exception {
    edit(scene.digests().get(1), "2026-11-21T09:00:00Z", "2026-11-21T09:00:01Z");
    assertThat(scene.verify().problems())
        .contains(scene.digests().get(1) + ": signature verification failed")
        .anyMatch(p -> p.startsWith(scene.digests().get(2)) && p.endsWith("was changed"));
  }

  @Test
  void verify_deletedDigest_isFound() throws Exception {
    String key = scene.digests().get(1);
    scene.objects.remove(key);
    scene.metadata.remove(key);
    assertThat(scene.verify().problems())
        .contains(
            "%s: the digest before it, %s, is missing".formatted(scene.digests().get(1), key));
  }

  @Test
  void verify_firstDigestDeleted_isFound() throws Exception {
    scene.objects.remove(scene.digests().getFirst());
    assertThat(scene.verify().problems()).anyMatch(p -> p.endsWith("is missing"));
  }

  @Test
  void verify_insertedLog_isFound() throws Exception {
    String key = scene.names.log(Instant.parse("2026-11-21T09:00:00Z"), "inserted");
    scene.objects.put(key, scene.object(scene.logs().getFirst()));
    assertThat(scene.verify().problems()).containsExactly(key + ": no digest names it");
  }

  @Test
  void verify_copyWithoutMetadata_lacksTheLastSignatureOnly() throws Exception {
    scene.metadata.clear();
    assertThat(scene.verify().digests()).isEqualTo(3);
    assertThat(scene.verify().problems())
        .anyMatch(p -> p.startsWith(scene.digests().get(3)) && p.contains("signature is neither"));
  }

  @Test
  void verify_emptyDirectory_isNoTrail() throws Exception {
    scene.objects.clear();
    assertThat(scene.verify().problems()).containsExactly("there is no digest file");
  }

  @Test
  void readList_answerOfListPublicKeys_givesTheKey() throws Exception {
    String value = Base64.getEncoder().encodeToString(TrailScene.der());
    String json =
        """
        {"PublicKeyList": [{"Value": "%s", "ValidityStartTime": "2026-11-21T09:00:00+01:00",
          "ValidityEndTime": 1900000000.0, "Fingerprint": "00"}]}
        """
            .formatted(value);
    List<TrailKey> keys = TrailKey.readList(json.getBytes(StandardCharsets.UTF_8));
    assertThat(keys).hasSize(1);
    assertThat(keys.getFirst().fingerprint()).isEqualTo(TrailKey.fingerprint(TrailScene.der()));
    assertThat(keys.getFirst().validFrom()).isEqualTo(Instant.parse("2026-11-21T08:00:00Z"));
    assertThatThrownBy(() -> TrailKey.readList("{}".getBytes(StandardCharsets.UTF_8)))
        .hasMessageContaining("PublicKeyList is missing");
  }
}
