package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Headers in the middle of a re-encryption that break no rule of the format, but were changed by
 * somebody without the keys: the digest over the metadata refuses them when they are opened.
 */
class ReencryptProofTest {
  private static Arguments change(String name, Consumer<ObjectNode> change) {
    return Arguments.of(name, change);
  }

  static Stream<Arguments> changes() {
    return Stream.of(
        change("direction", json -> slot(json).put("direction", "backward")),
        change("resilience", json -> slotArea(json).put("type", "journal")),
        change("hash", json -> slotArea(json).put("hash", "sha512")),
        change("checksum sector size", json -> slotArea(json).put("sector_size", 8192)),
        change("area offset", json -> slotArea(json).put("offset", "798720").put("size", "4096")),
        change("area size", json -> slotArea(json).put("size", "4096")),
        change(
            "target cipher",
            json -> {
              segment(json, 0).put("encryption", "serpent-xts-plain64");
              segment(json, 3).put("encryption", "serpent-xts-plain64");
            }),
        change(
            "target sector size",
            json -> {
              segment(json, 0).put("sector_size", 4096);
              segment(json, 3).put("sector_size", 4096);
            }),
        change(
            "previous offset",
            json -> {
              segment(json, 1).put("offset", "1314816");
              segment(json, 2).put("offset", "1052672");
            }),
        change(
            "version",
            json ->
                HeaderRule.config(json)
                    .withObject("/requirements")
                    .putArray("mandatory")
                    .add("online-reencrypt-v3")),
        change(
            "moved segment",
            json -> {
              ObjectNode moved = segment(json, 2).deepCopy();
              moved.putArray("flags").add("backup-moved-segment");
              json.withObject("/segments").set("4", moved);
            }),
        change(
            "digest's salt",
            json ->
                json.withObject("/digests/2").put("salt", json.at("/digests/0/salt").textValue())),
        change("digest missing", json -> json.withObject("/digests").remove("2")));
  }

  private static ObjectNode slot(ObjectNode json) {
    return json.withObject("/keyslots/2");
  }

  private static ObjectNode slotArea(ObjectNode json) {
    return json.withObject("/keyslots/2/area");
  }

  private static ObjectNode segment(ObjectNode json, int number) {
    return json.withObject("/segments/" + number);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void open_metadataChangedWithoutTheKeys_isRefusedAndNothingIsWritten(
      String name, Consumer<ObjectNode> change) throws Exception {
    assertThat(name).isNotEmpty();
    FaultyLuksStorage forged = new HeaderForge(HalfReencrypted.image()).withJson(change);
    assertThat(Reencryption.status(forged)).isPresent();
    byte[] before = forged.content();
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      assertThatThrownBy(() -> Reencryption.open(forged, forged, List.of(secret)))
          .isInstanceOf(LuksException.ReencryptionRefused.class)
          .hasMessageContaining("digest");
    }
    assertThat(forged.content()).isEqualTo(before);
    assertThat(forged.isLocked()).isFalse();
  }

  @Test
  void open_unchanged_isOpened() throws Exception {
    FaultyLuksStorage storage = new FaultyLuksStorage(HalfReencrypted.image());
    try (SecretBuffer secret = TestVolumes.passphrase("right");
        Reencryption volume = Reencryption.open(storage, storage, List.of(secret))) {
      assertThat(volume.previous().isEncrypted()).isTrue();
    }
  }
}
