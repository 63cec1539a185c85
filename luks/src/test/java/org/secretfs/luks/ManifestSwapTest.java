package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.secretfs.crypto.memory.SecretBuffer;

/** What somebody who can write the disk may put in place of a header that was vouched for. */
class ManifestSwapTest {
  private static final String VOLUME = "data";
  private static final byte[] IMAGE = image("right");

  private static byte[] image(String passphrase) {
    FaultyLuksStorage storage = FaultyLuksStorage.ofSize(TestVolumes.SIZE_BYTES);
    FormatOptions options =
        TestVolumes.options()
            .manifest(ManifestOptions.first(VOLUME, ManifestDerivation.RANDOM_SECRET))
            .build();
    try (SecretBuffer secret = TestVolumes.passphrase(passphrase)) {
      Luks2Volume.format(storage, options, secret);
      return storage.content();
    } catch (IOException | LuksException e) {
      throw new IllegalStateException(e);
    }
  }

  private static AuthenticHeader authenticate(LuksStorage storage)
      throws IOException, LuksException {
    try (SecretBuffer secret = TestVolumes.passphrase("right")) {
      return Luks2Volume.read(storage).authenticate(secret, VOLUME, 1);
    }
  }

  private static Arguments swap(String path, Consumer<ObjectNode> defect) {
    return Arguments.of(path, defect);
  }

  /** Headers that are valid and plausible, each another than was vouched for in one field. */
  static Stream<Arguments> swaps() {
    return Stream.of(
        swap(
            "segments.0.encryption",
            json -> json.withObject("/segments/0").put("encryption", "aes-ecb")),
        swap(
            "segments.0.sector_size",
            json -> json.withObject("/segments/0").put("sector_size", 4096)),
        swap("segments.0.offset", json -> json.withObject("/segments/0").put("offset", "1052672")),
        swap("segments.0.size", json -> json.withObject("/segments/0").put("size", "4096")),
        swap("segments.0.iv_tweak", json -> json.withObject("/segments/0").put("iv_tweak", "8")),
        swap("segments.0.unheard_of", json -> json.withObject("/segments/0").put("unheard_of", 1)),
        swap(
            "keyslots.0.kdf.iterations",
            json -> json.withObject("/keyslots/0/kdf").put("iterations", 1001)),
        swap(
            "keyslots.0.kdf.hash",
            json -> json.withObject("/keyslots/0/kdf").put("hash", "sha512")),
        swap(
            "keyslots.0.kdf.salt",
            json -> json.withObject("/keyslots/0/kdf").put("salt", "A".repeat(43) + "=")),
        swap("keyslots.0.kdf", ManifestSwapTest::argon2),
        swap("keyslots.0.af.hash", json -> json.withObject("/keyslots/0/af").put("hash", "sha512")),
        swap(
            "keyslots.0.area.encryption",
            json -> json.withObject("/keyslots/0/area").put("encryption", "aes-ecb")),
        swap(
            "keyslots.0.area.key_size",
            json -> json.withObject("/keyslots/0/area").put("key_size", 32)),
        swap(
            "keyslots.0.area.offset",
            json -> json.withObject("/keyslots/0/area").put("offset", "36864")),
        swap(
            "keyslots.0.area.size",
            json -> json.withObject("/keyslots/0/area").put("size", "262144")),
        swap("keyslots.0.key_size", json -> json.withObject("/keyslots/0").put("key_size", 32)),
        swap(
            "digests.0.digest",
            json -> json.withObject("/digests/0").put("digest", "A".repeat(43) + "=")),
        swap(
            "digests.0.salt",
            json -> json.withObject("/digests/0").put("salt", "A".repeat(43) + "=")),
        swap(
            "digests.0.",
            json ->
                json.withObject("/digests/0")
                    .put("hash", "sha512")
                    .put("digest", "A".repeat(86) + "==")),
        swap("digests.0.iterations", json -> json.withObject("/digests/0").put("iterations", 2000)),
        swap("digests.0", ManifestSwapTest::otherDigestForTheSegment),
        swap("keyslots.0 is missing", ManifestSwapTest::otherKeyslotNumber));
  }

  private static void argon2(ObjectNode json) {
    ObjectNode kdf = json.withObject("/keyslots/0/kdf");
    kdf.remove(List.of("hash", "iterations"));
    kdf.put("type", "argon2id").put("time", 4).put("memory", 1024).put("cpus", 1);
  }

  /** The segment gets a digest, and with it a key, of the attacker's. */
  private static void otherDigestForTheSegment(ObjectNode json) {
    ObjectNode own = json.withObject("/digests/0").deepCopy();
    own.put("digest", "A".repeat(43) + "=").putArray("keyslots").add("1");
    json.withObject("/digests/0").putArray("segments");
    json.withObject("/digests").set("1", own);
    ObjectNode keyslot = json.withObject("/keyslots/0").deepCopy();
    keyslot.withObject("/area").put("offset", "294912");
    json.withObject("/keyslots").set("1", keyslot);
  }

  private static void otherKeyslotNumber(ObjectNode json) {
    json.withObject("/keyslots").set("1", json.withObject("/keyslots").remove("0"));
    json.withObject("/digests/0").putArray("keyslots").add("1");
    json.withObject("/tokens/0").putArray("keyslots").add("1");
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("swaps")
  void authenticate_headerSwappedInOneField_isRefused(String path, Consumer<ObjectNode> defect) {
    FaultyLuksStorage swapped = new HeaderForge(IMAGE).withJson(defect);
    Throwable refusal = catchThrowable(() -> authenticate(swapped));
    assertThat(refusal)
        .isInstanceOfAny(
            LuksException.HeaderNotVouchedFor.class, LuksException.ManifestBroken.class);
    if (refusal instanceof LuksException.HeaderNotVouchedFor) {
      assertThat(refusal).hasMessageContaining(path);
    }
  }

  @Test
  void authenticate_uuidSwapped_isRefused() throws Exception {
    FaultyLuksStorage swapped =
        new HeaderForge(IMAGE)
            .withBinary(binary -> binary.put(168, (byte) (binary.get(168) == 'a' ? 'b' : 'a')));
    assertThatThrownBy(() -> authenticate(swapped))
        .isInstanceOf(LuksException.HeaderNotVouchedFor.class)
        .hasMessageContaining("uuid is");
  }

  @Test
  void read_nullCipher_isRefusedBeforeTheManifest() throws Exception {
    FaultyLuksStorage swapped =
        new HeaderForge(IMAGE)
            .withJson(json -> json.withObject("/segments/0").put("encryption", "cipher_null-ecb"));
    assertThatThrownBy(() -> authenticate(swapped))
        .isInstanceOf(LuksException.UnsupportedFeature.class);
  }

  /** Changes every value below what is covered, one at a time; none may pass. */
  @Test
  void authenticate_anyCoveredValueChanged_neverPasses() throws Exception {
    ObjectNode json = header(IMAGE);
    List<String> leaves = new ArrayList<>();
    for (String part : List.of("keyslots", "digests", "segments")) {
      collect(json.get(part), "/" + part, leaves);
    }
    assertThat(leaves).hasSizeGreaterThan(25);
    int compared = 0;
    for (String leaf : leaves) {
      FaultyLuksStorage changed = new HeaderForge(IMAGE).withJson(tree -> change(tree, leaf));
      Throwable refusal = catchThrowable(() -> authenticate(changed));
      assertThat(refusal).as(leaf).isInstanceOf(LuksException.class);
      compared += refusal instanceof LuksException.HeaderNotVouchedFor ? 1 : 0;
    }
    assertThat(compared).as("reached the comparison").isGreaterThan(8);
  }

  /** The same of the statement by itself, so that no other rule can hide a gap. */
  @Test
  void firstDifference_anyCoveredValueChangedOrRemoved_isFound() throws Exception {
    ObjectNode json = header(IMAGE);
    ManifestStatement vouched = ManifestStatement.of(json, "u", 0, VOLUME, 1);
    List<String> leaves = new ArrayList<>();
    for (String part : List.of("keyslots", "digests", "segments")) {
      collect(json.get(part), "/" + part, leaves);
    }
    for (String leaf : leaves) {
      ObjectNode changed = json.deepCopy();
      change(changed, leaf);
      ManifestStatement now = ManifestStatement.of(changed, "u", 0, VOLUME, 1);
      assertThat(vouched.firstDifference(now)).as(leaf).isPresent();
      assertThat(now.canonical()).isNotEqualTo(vouched.canonical());
    }
    ObjectNode required = json.deepCopy();
    required.withObject("/config/requirements").putArray("mandatory").add("online-reencrypt-v2");
    assertThat(vouched.firstDifference(ManifestStatement.of(required, "u", 0, VOLUME, 1)))
        .hasValueSatisfying(text -> assertThat(text).startsWith("requirements"));
  }

  private static void collect(JsonNode node, String path, List<String> leaves) {
    switch (node) {
      case ObjectNode object -> {
        for (Map.Entry<String, JsonNode> entry : object.properties()) {
          collect(entry.getValue(), path + "/" + entry.getKey(), leaves);
        }
      }
      case ArrayNode array -> {
        for (int i = 0; i < array.size(); i++) {
          collect(array.get(i), path + "/" + i, leaves);
        }
      }
      default -> leaves.add(path);
    }
  }

  private static void change(ObjectNode json, String leaf) {
    int slash = leaf.lastIndexOf('/');
    String name = leaf.substring(slash + 1);
    JsonNode parent = json.at(leaf.substring(0, slash));
    JsonNode value = parent.path(name);
    if (parent instanceof ArrayNode array) {
      array.set(Integer.parseInt(name), "1");
    } else if (value.isTextual()) {
      String text = value.textValue();
      char first = text.charAt(0);
      ((ObjectNode) parent)
          .put(name, (first == '9' || first == 'B' ? "8" : plus(first)) + text.substring(1));
    } else {
      ((ObjectNode) parent).put(name, value.intValue() + 1);
    }
  }

  private static String plus(char c) {
    return Character.toString(c + 1);
  }

  // A whole header of the attacker's.

  @Test
  void authenticate_headerOfTheAttackers_isBroken() {
    assertThatThrownBy(() -> authenticate(new FaultyLuksStorage(image("attacker's"))))
        .isInstanceOf(LuksException.ManifestBroken.class);
  }

  @Test
  void authenticate_headerOfTheAttackersWithTheOwnersManifest_isRefused() throws Exception {
    JsonNode manifest = header(IMAGE).at("/tokens/0");
    FaultyLuksStorage swapped =
        new HeaderForge(image("attacker's"))
            .withJson(json -> json.withObject("/tokens").set("0", manifest));
    assertThatThrownBy(() -> authenticate(swapped))
        .isInstanceOf(LuksException.HeaderNotVouchedFor.class);
  }

  @Test
  void authenticate_ownersManifestAmongThoseOfTheAttackers_isFound() throws Exception {
    JsonNode own = header(IMAGE).at("/tokens/0");
    JsonNode attackers = header(image("attacker's")).at("/tokens/0");
    FaultyLuksStorage more =
        new HeaderForge(IMAGE)
            .withJson(json -> {
              json.withObject("/tokens").set("0", attackers);
              json.withObject("/tokens").set("1", own);
            });
    assertThat(authenticate(more).keyslot()).isZero();
  }

  @Test
  void authenticate_statementRewrittenToFitTheSwap_isBroken() throws Exception {
    FaultyLuksStorage swapped =
        new HeaderForge(IMAGE)
            .withJson(json -> {
              json.withObject("/segments/0").put("encryption", "aes-ecb");
              json.withObject("/tokens/0/statement/segments/0").put("encryption", "aes-ecb");
            });
    assertThatThrownBy(() -> authenticate(swapped))
        .isInstanceOf(LuksException.ManifestBroken.class);
  }

  private static ObjectNode header(byte[] image) throws Exception {
    String text = Luks2Volume.read(new FaultyLuksStorage(image)).jsonMetadata();
    byte[] bytes = text.getBytes(java.nio.charset.StandardCharsets.UTF_8);
    return HeaderJson.parse(bytes, bytes.length);
  }
}
