package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.Optional;
import org.secretfs.crypto.kdf.HashAlgorithm;

/**
 * The keyslot that holds no key: what a re-encryption does, and the area that makes it survive.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 on-disk format 1.1.4 §3.2.2
 */
record ReencryptKeyslot(
    Mode mode, Direction direction, Resilience resilience, long areaOffsetBytes, long areaBytes) {
  static final String TYPE = "reencrypt";

  private static final int MAX_BLOCK_BYTES = 1 << 20;

  /** What happens to the data. */
  enum Mode {
    REENCRYPT,
    ENCRYPT,
    DECRYPT;

    String stored() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  /** From which end on. */
  enum Direction {
    FORWARD,
    BACKWARD;

    String stored() {
      return name().toLowerCase(java.util.Locale.ROOT);
    }
  }

  static ReencryptKeyslot read(Fields keyslot) throws LuksException {
    keyslot.textOf("type", TYPE);
    keyslot.number("key_size", 1, 1);
    Mode mode =
        Arrays.stream(Mode.values())
            .filter(one -> keyslot.node().path("mode").asText().equals(one.stored()))
            .findFirst()
            .orElseThrow(() -> keyslot.broken("mode", "must be reencrypt, encrypt or decrypt"));
    Direction direction =
        Arrays.stream(Direction.values())
            .filter(one -> keyslot.node().path("direction").asText().equals(one.stored()))
            .findFirst()
            .orElseThrow(() -> keyslot.broken("direction", "must be forward or backward"));
    Fields area = keyslot.object("area");
    long offset = area.decimal("offset");
    long size = area.decimal("size");
    if (offset % 512 != 0 || size < 512) {
      throw area.broken("size", "must be 512 or more, at a multiple of 512");
    }
    return new ReencryptKeyslot(mode, direction, resilience(area), offset, size);
  }

  private static Resilience resilience(Fields area) throws LuksException {
    String type = area.text("type");
    Resilience.Kind kind =
        Resilience.Kind.of(type)
            .orElseThrow(() ->
                new LuksException.UnsupportedFeature(
                    "%s: the resilience \"%s\" is not supported".formatted(area.path(), type)));
    Optional<HashAlgorithm> hash =
        kind.hasChecksums() ? Optional.of(KeyslotReader.hash(area)) : Optional.empty();
    int blockSize = kind.hasChecksums() ? area.number("sector_size", 512, MAX_BLOCK_BYTES) : 0;
    if (Integer.bitCount(blockSize) > 1) {
      throw area.broken("sector_size", "must be a power of two");
    }
    long shift = kind.moves() ? area.decimal("shift_size") : 0;
    if (kind.moves() && (shift == 0 || shift % 512 != 0)) {
      throw area.broken("shift_size", "must be a multiple of 512, not 0");
    }
    return new Resilience(kind, hash, blockSize, shift);
  }

  long areaEndBytes() {
    return areaOffsetBytes + areaBytes;
  }

  ObjectNode json() {
    ObjectNode json = HeaderJson.newObject();
    json.put("type", TYPE).put("key_size", 1).put("priority", 0);
    json.put("mode", mode.stored()).put("direction", direction.stored());
    ObjectNode area = json.putObject("area");
    area.put("offset", Long.toString(areaOffsetBytes)).put("size", Long.toString(areaBytes));
    resilience.putInto(area);
    return json;
  }
}
