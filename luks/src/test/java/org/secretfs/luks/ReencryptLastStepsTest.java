package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * What cryptsetup leaves when it is killed between the removal of the old keyslots, one update of
 * the header each, and the end: all data is under the new key, and nothing opens the old one.
 */
class ReencryptLastStepsTest {
  private static final long FIRST_KEYSLOT_OFFSET_BYTES = 32 << 10;

  private final SecretBuffer secret = TestVolumes.passphrase("right");

  @AfterEach
  void closeSecret() {
    secret.close();
  }

  private static void allNew(ObjectNode json) {
    ObjectNode segments = json.withObject("/segments");
    segments.withObject("/0").put("size", "dynamic");
    ObjectNode previous = segments.withObject("/2").deepCopy();
    ObjectNode target = segments.withObject("/3").deepCopy();
    segments.remove(List.of("1", "2", "3"));
    segments.set("1", previous);
    segments.set("2", target);
    json.withObject("/digests/0").putArray("segments").add("1");
    json.withObject("/digests/1").putArray("segments").add("0").add("2");
  }

  private static void withoutOldKeyslot(ObjectNode json) {
    json.withObject("/keyslots").remove("0");
    json.withObject("/digests/0").putArray("keyslots");
    json.withObject("/tokens").forEach(token -> ((ObjectNode) token).putArray("keyslots"));
  }

  private static FaultyLuksStorage left(byte[] image) {
    return new HeaderForge(image)
        .withJson(json -> {
          allNew(json);
          withoutOldKeyslot(json);
        });
  }

  private void requireFinished(FaultyLuksStorage storage) throws Exception {
    try (Reencryption volume = Reencryption.open(storage, storage, List.of(secret))) {
      assertThat(volume.oldCipher()).isEmpty();
      assertThat(volume.run(HalfReencrypted.run(1), HotzoneGate.NONE, (_, _) -> true)).isTrue();
    }
    assertThat(Reencryption.status(storage)).isEmpty();
    assertThat(TestVolumes.opens(storage, "right")).isTrue();
    assertThat(LuksVolume.read(storage).keyslots()).containsOnlyKeys(1);
  }

  @Test
  void run_oldKeyslotsAreGone_ends() throws Exception {
    requireFinished(left(HalfReencrypted.image()));
  }

  @Test
  void run_oldKeyslotIsOverwrittenButNotGone_ends() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge(HalfReencrypted.image()).withJson(ReencryptLastStepsTest::allNew);
    storage.write(ByteBuffer.allocate(128 << 10), FIRST_KEYSLOT_OFFSET_BYTES);
    requireFinished(storage);
  }

  @Test
  void open_wrongPassphrase_isRefused() throws Exception {
    FaultyLuksStorage storage = left(HalfReencrypted.image());
    try (SecretBuffer wrong = TestVolumes.passphrase("wrong")) {
      assertThatThrownBy(() -> Reencryption.open(storage, storage, List.of(wrong)))
          .isInstanceOf(LuksException.NoKeyslotOpened.class);
    }
  }

  @Test
  void open_dataUnderTheOldKeyWhoseKeyslotsAreGone_isRefusedAndNothingIsWritten() throws Exception {
    FaultyLuksStorage storage =
        new HeaderForge(HalfReencrypted.image())
            .withJson(ReencryptLastStepsTest::withoutOldKeyslot);
    byte[] before = storage.content();
    assertThatThrownBy(() -> Reencryption.open(storage, storage, List.of(secret)))
        .isInstanceOf(LuksException.class)
        .hasMessageContaining("no keyslot");
    assertThat(storage.content()).isEqualTo(before);
  }

  @Test
  void run_oldKeyIsGone_nobodyVouchesForTheHeader() throws Exception {
    FaultyLuksStorage storage = TestVolumes.formatted();
    Luks2Volume.read(storage)
        .writeManifest(
            secret, 0, ManifestOptions.first("scratch", ManifestDerivation.RANDOM_SECRET));
    HalfReencrypted.make(storage);
    FaultyLuksStorage left = left(storage.content());
    assertThat(ManifestKeeper.isIn(left)).isTrue();
    requireFinished(left);
    assertThat(ManifestKeeper.isIn(left)).isFalse();
  }
}
