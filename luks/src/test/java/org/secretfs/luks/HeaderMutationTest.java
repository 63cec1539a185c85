package org.secretfs.luks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Thousands of headers that are nearly right, by seed: their parts removed, swapped and replaced by
 * extreme values, their checksums made to fit. Reading, authenticating and copying them ends with a
 * {@link LuksException} or a volume, in bounded time.
 */
@Timeout(value = 180, unit = TimeUnit.SECONDS)
class HeaderMutationTest {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private static final List<JsonNode> EXTREMES =
      List.of(
          JSON.nullNode(),
          JSON.booleanNode(true),
          JSON.numberNode(0),
          JSON.numberNode(-1),
          JSON.numberNode(Integer.MAX_VALUE),
          JSON.numberNode(Long.MIN_VALUE),
          JSON.numberNode(0.5),
          JSON.textNode(""),
          JSON.textNode("0"),
          JSON.textNode("-1"),
          JSON.textNode("9223372036854775807"),
          JSON.textNode("18446744073709551615"),
          JSON.textNode("99999999999999999999"),
          JSON.textNode("\u0000\u001b[31m\ud800"),
          JSON.textNode("A".repeat(5000)),
          JSON.textNode("%s%n{}"),
          JSON.arrayNode(),
          JSON.objectNode(),
          JSON.arrayNode().add("31").add("0"));

  private static byte[] image() throws Exception {
    FormatOptions options =
        TestVolumes.options()
            .token(TestVolumes.token("x"))
            .manifest(ManifestOptions.first("v", ManifestDerivation.RANDOM_SECRET))
            .build();
    FaultyLuksStorage storage = TestVolumes.formatted(options);
    Luks2Volume volume = Luks2Volume.read(storage);
    try (SecretBuffer right = TestVolumes.passphrase("right");
        SecretBuffer second = TestVolumes.passphrase("second");
        VolumeKey key = volume.unlock(right)) {
      volume.addKeyslot(key, second, new KdfParameters.Argon2id(4, 1024, 1));
    }
    return storage.content();
  }

  @Test
  void read_mutatedJson_isAVolumeOrRefused() throws Exception {
    mutateJson(500);
  }

  @Tag("long")
  @Test
  void read_mutatedJsonManyTimes_isAVolumeOrRefused() throws Exception {
    mutateJson(60_000);
  }

  private static void mutateJson(int seeds) throws Exception {
    HeaderForge forge = new HeaderForge(image());
    int accepted = 0;
    for (int seed = 0; seed < seeds; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      FaultyLuksStorage forged;
      try {
        forged = forge.withJson(json -> mutate(json, random));
      } catch (IllegalStateException | IndexOutOfBoundsException unchangedOrTooLong) {
        continue;
      }
      accepted += outcome(forged, "seed " + seed) ? 1 : 0;
    }
    assertThat(accepted).as("some mutations harm nothing").isBetween(1, seeds / 2);
  }

  private static void mutate(ObjectNode json, SplittableRandom random) {
    for (int changes = random.nextInt(1, 4); changes > 0; changes--) {
      List<JsonNode> containers = new ArrayList<>();
      collect(json, containers);
      JsonNode container = containers.get(random.nextInt(containers.size()));
      // A copy, for a later change may put things into it, itself among them.
      JsonNode value = EXTREMES.get(random.nextInt(EXTREMES.size())).deepCopy();
      if (container instanceof ObjectNode object) {
        change(object, value, random);
      } else if (container instanceof ArrayNode array) {
        array.add(value);
      }
    }
  }

  private static void change(ObjectNode object, JsonNode value, SplittableRandom random) {
    List<String> names = new ArrayList<>();
    object.fieldNames().forEachRemaining(names::add);
    if (names.isEmpty()) {
      object.set("0", value);
      return;
    }
    String name = names.get(random.nextInt(names.size()));
    switch (random.nextInt(4)) {
      case 0 -> object.remove(name);
      case 1 -> object.set(name, value);
      case 2 -> object.set(Integer.toString(random.nextInt(40)), object.get(name).deepCopy());
      default -> {
        JsonNode other = object.get(names.get(random.nextInt(names.size()))).deepCopy();
        object.set(name, other);
      }
    }
  }

  private static void collect(JsonNode node, List<JsonNode> containers) {
    if (node.isContainerNode()) {
      containers.add(node);
      node.forEach(child -> collect(child, containers));
    }
  }

  /** Whether it was accepted; anything but a volume or a LuksException fails the test. */
  private static boolean outcome(FaultyLuksStorage storage, String which) throws Exception {
    boolean accepted;
    try (SecretBuffer right = TestVolumes.passphrase("right")) {
      LuksProbe.probe(storage);
      LuksVolume volume = LuksVolume.read(storage);
      accepted = true;
      if (volume instanceof Luks2Volume luks2) {
        luks2.authenticate(right, "v", 1);
      }
    } catch (LuksException.ManifestBroken
        | LuksException.ManifestMissing
        | LuksException.HeaderNotVouchedFor e) {
      accepted = true;
    } catch (LuksException e) {
      assertThat(String.valueOf(e.getMessage())).as(which).doesNotContain("\n", "\u001b");
      accepted = false;
    } catch (RuntimeException e) {
      throw new AssertionError(which, e);
    }
    assertThat(storage.operations()).as("%s: writes", which).isZero();
    assertThat(storage.isLocked()).as(which).isFalse();
    return accepted;
  }

  @Test
  void read_mutatedBinaryHeaders_isAVolumeOrRefused() throws Exception {
    HeaderForge forge = new HeaderForge(image());
    for (int seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      FaultyLuksStorage forged;
      try {
        forged = forge.withBinary(binary -> flip(binary, 512, random));
      } catch (IllegalStateException | IndexOutOfBoundsException unchangedOrOutside) {
        continue;
      }
      outcome(forged, "seed " + seed);
    }
  }

  @Test
  void read_mutatedLuks1Headers_isAVolumeOrRefused() throws Exception {
    for (int seed = 0; seed < 300; seed++) {
      SplittableRandom random = new SplittableRandom(seed);
      byte[] image = Luks1Images.formatted().content();
      flip(ByteBuffer.wrap(image), 592, random);
      outcome(new FaultyLuksStorage(image), "seed " + seed);
    }
  }

  /** Changes some bytes, most often one; values at the ends of their ranges are frequent. */
  private static void flip(ByteBuffer header, int lengthBytes, SplittableRandom random) {
    for (int changes = random.nextInt(1, 5); changes > 0; changes--) {
      int at = random.nextInt(lengthBytes - 4);
      switch (random.nextInt(4)) {
        case 0 -> header.put(at, (byte) random.nextInt());
        case 1 -> header.putInt(at, -1);
        case 2 -> header.putInt(at, random.nextInt());
        default -> header.putInt(at, 0);
      }
    }
  }

  /** A header that was cut off, as of a backup that was not copied whole. */
  @Test
  void read_imageCutAnywhere_isAVolumeOrRefused() throws Exception {
    byte[] image = image();
    for (int length = 0; length < image.length; length += length < 40_000 ? 509 : 100_003) {
      outcome(new FaultyLuksStorage(Arrays.copyOf(image, length)), "length " + length);
    }
  }

  /** The dearest header that fits: 4 MiB of JSON in as many parts as it takes. */
  @Test
  @Timeout(value = 20, unit = TimeUnit.SECONDS)
  void read_largestAreaOfTheMostParts_isRefusedSoon() throws Exception {
    int headerBytes = 4 << 20;
    byte[] image = new byte[2 * headerBytes];
    BinaryHeader header =
        BinaryHeader.create(
            headerBytes,
            java.util.UUID.fromString("00000000-0000-4000-8000-000000000000"),
            "",
            "",
            new byte[BinaryHeader.SALT_BYTES]);
    byte[] text =
        ("{\"x\":[" + "[],".repeat((headerBytes - 5000) / 3) + "[]]}")
            .getBytes(StandardCharsets.US_ASCII);
    for (BinaryHeader.Copy copy : BinaryHeader.Copy.values()) {
      int offset = copy == BinaryHeader.Copy.PRIMARY ? 0 : headerBytes;
      byte[] binary = header.as(copy, 1, new byte[BinaryHeader.SALT_BYTES]).toBytes();
      System.arraycopy(binary, 0, image, offset, binary.length);
      System.arraycopy(text, 0, image, offset + BinaryHeader.SIZE_BYTES, text.length);
      HeaderForge.seal(image, offset);
    }
    assertThatThrownBy(() -> Luks2Volume.read(new FaultyLuksStorage(image)))
        .isInstanceOf(LuksException.CorruptHeader.class)
        .hasMessageContaining("bad JSON");
  }
}
