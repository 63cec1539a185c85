package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Hostile headers in the middle of a re-encryption, checksums made to fit, and the digest over the
 * metadata, too, as if whoever made them had the keys: reading, opening and resuming them ends well
 * or with a {@link LuksException}.
 */
class ReencryptFuzzTest {
  private static final List<String> PLACES =
      List.of(
          "/keyslots/2",
          "/keyslots/2/area",
          "/segments/0",
          "/segments/1",
          "/segments/2",
          "/segments/3",
          "/segments/4",
          "/digests/0",
          "/digests/1",
          "/config",
          "/config/requirements");
  private static final List<String> NAMES =
      List.of(
          "mode",
          "direction",
          "type",
          "offset",
          "size",
          "hash",
          "sector_size",
          "shift_size",
          "iv_tweak",
          "encryption",
          "flags",
          "segments",
          "keyslots",
          "mandatory",
          "keyslots_size",
          "key_size",
          "priority");
  private static final List<String> TEXTS =
      List.of(
          "encrypt",
          "decrypt",
          "reencrypt",
          "forward",
          "backward",
          "none",
          "journal",
          "checksum",
          "datashift",
          "datashift-journal",
          "datashift-checksum",
          "crypt",
          "linear",
          "dynamic",
          "0",
          "512",
          "4096",
          "65536",
          "262144",
          "786432",
          "1048576",
          "1310720",
          "2097152",
          "9223372036854774784",
          "9223372036854775807",
          "sha1",
          "sha512",
          "aes-cbc-essiv:sha256",
          "aes-xts-plain64",
          "twofish-xts-plain64");
  private static final List<String> FLAGS =
      List.of(
          "in-reencryption",
          "backup-previous",
          "backup-final",
          "backup-moved-segment",
          "online-reencrypt-v2",
          "online-reencrypt-v3",
          "0",
          "1",
          "2",
          "3",
          "4");
  private static final int[] NUMBERS = {0, 1, 2, 511, 512, 1024, 4096, 8192, 1 << 20, -1};

  /** JSON of any kind in both copies. */
  @FuzzTest
  void status_anyJson_isToldOrRefused(byte[] json) throws Exception {
    byte[] text = Arrays.copyOf(json, Math.min(json.length, (16 << 10) - 4096));
    FaultyLuksStorage storage = new HeaderForge(HalfReencrypted.image()).withAreaText(text);
    try {
      assertThat(Reencryption.status(storage)).isNotNull();
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    assertThat(storage.operations()).as("writes").isZero();
    assertThat(storage.isLocked()).isFalse();
  }

  /** A right header with a few fields changed, resumed to its end if it opens. */
  @FuzzTest
  void run_fieldsChanged_endsOrIsRefused(FuzzedDataProvider data) throws Exception {
    int changes = data.consumeInt(1, 4);
    resume(changes, most -> data.consumeInt(0, most));
  }

  private static void resumeSeeds(int from, int to) throws Exception {
    for (int seed = from; seed < to; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      try {
        resume(random.nextInt(1, 4), most -> random.nextInt(most + 1));
      } catch (Exception | AssertionError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  @Test
  void run_fieldsChangedBy80Seeds_endsOrIsRefused() throws Exception {
    resumeSeeds(0, 80);
  }

  @Test
  @Tag("long")
  void run_fieldsChangedBy1200Seeds_endsOrIsRefused() throws Exception {
    resumeSeeds(80, 1_280);
  }

  private static void resume(int changes, IntUnaryOperator choose) throws Exception {
    FaultyLuksStorage storage = changed(changes, choose);
    try (SecretBuffer secret = TestVolumes.passphrase("right");
        Reencryption volume = Reencryption.open(storage, storage, List.of(secret))) {
      int[] left = {12};
      boolean _ = volume.run(HalfReencrypted.run(1), HotzoneGate.NONE, (_, _) -> left[0]-- > 0);
    } catch (LuksException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    assertThat(storage.isLocked()).isFalse();
  }

  private static FaultyLuksStorage changed(int changes, IntUnaryOperator choose) throws Exception {
    byte[] image = HalfReencrypted.image();
    ObjectNode json =
        HeaderCopies.read(new FaultyLuksStorage(image))
            .current(new FaultyLuksStorage(image))
            .json()
            .deepCopy();
    for (int i = 0; i < changes; i++) {
      change(json, choose);
    }
    prove(image, json);
    byte[] text = HeaderJson.write(json);
    return new HeaderForge(image)
        .withArea(area -> {
          Arrays.fill(area, (byte) 0);
          System.arraycopy(text, 0, area, 0, Math.min(text.length, area.length));
        });
  }

  private static <T> T one(List<T> list, IntUnaryOperator choose) {
    return list.get(choose.applyAsInt(list.size() - 1));
  }

  private static void change(ObjectNode json, IntUnaryOperator choose) {
    if (!(json.at(one(PLACES, choose)) instanceof ObjectNode place)) {
      ObjectNode segment = (ObjectNode) json.at("/segments/" + choose.applyAsInt(3));
      if (segment != null && segment.isObject()) {
        json.withObject("/segments").set("4", segment.deepCopy());
      }
      return;
    }
    String name = one(NAMES, choose);
    switch (choose.applyAsInt(5)) {
      case 0 -> place.remove(name);
      case 1 -> place.put(name, NUMBERS[choose.applyAsInt(NUMBERS.length - 1)]);
      case 2 -> {
        ArrayNode array = place.putArray(name);
        for (int left = choose.applyAsInt(3); left > 0; left--) {
          array.add(one(FLAGS, choose));
        }
      }
      default -> place.put(name, one(TEXTS, choose));
    }
  }

  /** Makes the digest over the metadata fit, where there is metadata that breaks no rule. */
  private static void prove(byte[] image, ObjectNode json) throws Exception {
    FaultyLuksStorage whole = new FaultyLuksStorage(image);
    Metadata before = HeaderCopies.read(whole).current(whole).metadata();
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      Metadata metadata =
          MetadataReader.read(json, 16 << 10, LuksException.ReencryptionRefused::new);
      ReencryptMetadata reencryption = metadata.reencryption().orElseThrow();
      try (ReencryptKeys keys =
          new ReencryptKeys(
              key(whole, before, reencryption.oldDigest(), secret),
              key(whole, before, reencryption.newDigest(), secret))) {
        JsonNode proof = ReencryptProof.json(reencryption, keys);
        json.withObject("/digests").set("2", proof);
      }
    } catch (LuksException | java.util.NoSuchElementException e) {
      // It breaks a rule, and is refused before anybody asks for its digest.
      assertThat(json.has("keyslots")).isTrue();
    }
  }

  private static @org.jspecify.annotations.Nullable VolumeKey key(
      LuksStorage storage, Metadata metadata, int digest, SecretBuffer secret) throws Exception {
    Digest proof = metadata.digests().get(digest);
    return proof == null ? null : new Unlocker(storage, metadata, proof).unlock(secret);
  }

  @Test
  void run_unchanged_endsAndKeepsItsData() throws Exception {
    FaultyLuksStorage storage = new FaultyLuksStorage(HalfReencrypted.image());
    byte[] before = PlainData.readParts(storage, storage, "right");
    try (SecretBuffer secret = TestVolumes.passphrase("right");
        Reencryption volume = Reencryption.open(storage, storage, List.of(secret))) {
      assertThat(volume.run(HalfReencrypted.run(1), HotzoneGate.NONE, (_, _) -> true)).isTrue();
    }
    assertThat(PlainData.read(storage, storage, "right")).isEqualTo(before);
  }
}
