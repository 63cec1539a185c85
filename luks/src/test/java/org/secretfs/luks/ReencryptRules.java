package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The rules of a header in the middle of a re-encryption: its keyslot, segments, digests and
 * requirement. The header without the defect is {@link HalfReencrypted}.
 */
final class ReencryptRules {
  private ReencryptRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(keyslot(), area(), backups(), parts(), digests(), requirement())
        .flatMap(rules -> rules);
  }

  private static HeaderRule broken(String name, Consumer<ObjectNode> defect, String message) {
    return new HeaderRule(
        name, _ -> forge().withJson(defect), LuksException.CorruptHeader.class, message);
  }

  private static HeaderRule unsupported(String name, Consumer<ObjectNode> defect, String message) {
    return broken(name, defect, message).refusedBy(LuksException.UnsupportedFeature.class);
  }

  private static HeaderForge forge() {
    try {
      return new HeaderForge(HalfReencrypted.image());
    } catch (IOException | LuksException e) {
      throw new IllegalStateException(e);
    }
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

  private static ArrayNode boundSegments(ObjectNode json, int digest) {
    return (ArrayNode) json.at("/digests/%d/segments".formatted(digest));
  }

  private static void flag(ObjectNode json, int segment, String... flags) {
    ArrayNode names = segment(json, segment).putArray("flags");
    for (String flag : flags) {
      names.add(flag);
    }
  }

  private static void bind(ObjectNode json, int digest, int... segments) {
    boundSegments(json, digest).removeAll();
    for (int segment : segments) {
      boundSegments(json, digest).add(Integer.toString(segment));
    }
  }

  /** Replaces the segments by some of those that there are, in another order. */
  private static void reorder(ObjectNode json, int... numbers) {
    ObjectNode before = json.withObject("/segments").deepCopy();
    ObjectNode after = json.putObject("segments");
    for (int i = 0; i < numbers.length; i++) {
      after.set(Integer.toString(i), before.get(Integer.toString(numbers[i])).deepCopy());
    }
  }

  private static Stream<HeaderRule> keyslot() {
    return Stream.of(
        broken(
            "reencrypt keyslot missing",
            json -> {
              json.withObject("/keyslots").remove("2");
              json.withObject("/digests").remove("2");
            },
            "0 keyslots of type reencrypt"),
        broken(
            "reencrypt keyslot twice",
            json -> json.withObject("/keyslots").set("3", slot(json).deepCopy()),
            "2 keyslots of type reencrypt"),
        unsupported(
            "reencryption without requirement",
            json -> HeaderRule.config(json).remove("requirements"),
            "4 segments"),
        broken("reencrypt key size two", json -> slot(json).put("key_size", 2), "key_size"),
        broken("reencrypt key size missing", json -> slot(json).remove("key_size"), "key_size"),
        broken("reencrypt mode missing", json -> slot(json).remove("mode"), "keyslots.2.mode"),
        broken("reencrypt mode other", json -> slot(json).put("mode", "wipe"), "keyslots.2.mode"),
        broken("reencrypt mode number", json -> slot(json).put("mode", 1), "keyslots.2.mode"),
        broken(
            "reencrypt mode that backup segments do not fit",
            json -> slot(json).put("mode", "encrypt"),
            "do not fit the mode"),
        broken(
            "reencrypt mode decrypt between ciphers",
            json -> slot(json).put("mode", "decrypt"),
            "do not fit the mode"),
        broken(
            "reencrypt direction missing",
            json -> slot(json).remove("direction"),
            "keyslots.2.direction"),
        broken(
            "reencrypt direction other",
            json -> slot(json).put("direction", "up"),
            "keyslots.2.direction"));
  }

  private static Stream<HeaderRule> area() {
    return Stream.of(
        broken("reencrypt area missing", json -> slot(json).remove("area"), "keyslots.2.area"),
        broken(
            "reencrypt area type missing",
            json -> slotArea(json).remove("type"),
            "keyslots.2.area.type"),
        unsupported(
            "reencrypt area type unknown",
            json -> slotArea(json).put("type", "raid"),
            "the resilience \"raid\""),
        broken(
            "reencrypt area offset missing",
            json -> slotArea(json).remove("offset"),
            "keyslots.2.area.offset"),
        broken(
            "reencrypt area offset unaligned",
            json -> slotArea(json).put("offset", "32769"),
            "at a multiple of 512"),
        broken(
            "reencrypt area below a sector",
            json -> slotArea(json).put("size", "511"),
            "must be 512 or more"),
        broken(
            "reencrypt area inside headers",
            json -> slotArea(json).put("offset", "0"),
            "must lie within"),
        broken(
            "reencrypt area behind keyslots area",
            json -> slotArea(json).put("size", "1048576"),
            "must lie within"),
        broken(
            "reencrypt area overlaps a keyslot",
            json -> slotArea(json).put("offset", "32768").put("size", "4096"),
            "overlap"),
        broken(
            "reencrypt hash missing",
            json -> slotArea(json).remove("hash"),
            "keyslots.2.area.hash"),
        unsupported(
            "reencrypt hash unknown",
            json -> slotArea(json).put("hash", "crc32"),
            "the hash \"crc32\""),
        broken(
            "reencrypt checksum sector size missing",
            json -> slotArea(json).remove("sector_size"),
            "sector_size"),
        broken(
            "reencrypt checksum sector size below 512",
            json -> slotArea(json).put("sector_size", 256),
            "sector_size"),
        broken(
            "reencrypt checksum sector size not apower of two",
            json -> slotArea(json).put("sector_size", 4608),
            "power of two"),
        broken(
            "reencrypt checksum sector size above 1 mib",
            json -> slotArea(json).put("sector_size", 2 << 20),
            "sector_size"),
        broken(
            "reencrypt shift size missing",
            json -> slotArea(json).put("type", "datashift"),
            "shift_size"),
        broken(
            "reencrypt shift size zero",
            json -> slotArea(json).put("type", "datashift").put("shift_size", "0"),
            "shift_size"),
        broken(
            "reencrypt shift size unaligned",
            json -> slotArea(json).put("type", "datashift-journal").put("shift_size", "1000"),
            "multiple of 512"));
  }

  private static Stream<HeaderRule> backups() {
    return Stream.of(
        broken(
            "backup previous missing",
            json -> segment(json, 2).remove("flags"),
            "0 segments with the flag backup-previous"),
        broken(
            "backup previous twice",
            json -> flag(json, 3, "backup-previous"),
            "2 segments with the flag backup-previous"),
        broken(
            "backup final missing",
            json -> segment(json, 3).remove("flags"),
            "0 segments with the flag backup-final"),
        broken(
            "backup final twice",
            json -> {
              reorder(json, 0, 1, 2, 3, 3);
              boundSegments(json, 1).add("4");
            },
            "2 segments with the flag backup-final"),
        broken(
            "backup moved twice",
            json -> {
              reorder(json, 0, 1, 2, 3, 2, 2);
              flag(json, 4, "backup-moved-segment");
              flag(json, 5, "backup-moved-segment");
            },
            "2 segments with the flag backup-moved-segment"),
        broken(
            "backup segment before the parts",
            json -> {
              reorder(json, 2, 0, 1, 3);
              bind(json, 0, 0, 2);
              bind(json, 1, 1, 3);
            },
            "must come before the backup segments"),
        broken(
            "no part besides backup segments",
            json -> {
              reorder(json, 2, 3);
              bind(json, 0, 0);
              bind(json, 1, 1);
            },
            "must come before the backup segments"),
        unsupported(
            "reencrypt segment flag unknown", json -> flag(json, 1, "backup-other"), "flags"),
        broken(
            "reencrypt segment with two flags",
            json -> flag(json, 2, "backup-previous", "backup-moved-segment"),
            "must hold one flag"),
        broken(
            "reencrypt segments with agap",
            json -> json.withObject("/segments").set("5", segment(json, 3).deepCopy()),
            "without a gap"));
  }

  private static Stream<HeaderRule> parts() {
    return Stream.of(
        broken(
            "two parts in reencryption",
            json -> {
              flag(json, 0, "in-reencryption");
              flag(json, 1, "in-reencryption");
            },
            "only one may be in re-encryption"),
        broken(
            "part of another cipher",
            json -> segment(json, 1).put("encryption", "twofish-xts-plain64"),
            "like neither backup segment"),
        broken(
            "part of another sector size",
            json -> segment(json, 0).put("sector_size", 1024),
            "like neither backup segment"),
        broken(
            "part plain between ciphers",
            json -> segment(json, 1).put("type", "linear"),
            "like neither backup segment"),
        unsupported(
            "part with integrity",
            json -> segment(json, 1).withObject("/integrity").put("type", "hmac(sha256)"),
            "integrity"),
        unsupported(
            "part of another type", json -> segment(json, 1).put("type", "opal"), "\"opal\""),
        broken(
            "part behind agap",
            json -> segment(json, 1).put("offset", "1315328"),
            "segments.1 lies at 1315328"),
        broken(
            "part overlaps the one before",
            json -> segment(json, 1).put("offset", "1306624"),
            "segments.1 lies at 1306624"),
        broken(
            "first part elsewhere",
            json -> segment(json, 0).put("offset", "1052672"),
            "segments.0 lies at 1052672"),
        broken(
            "part with another tweak",
            json -> segment(json, 1).put("iv_tweak", "0"),
            "with tweak 0: must be"),
        broken(
            "part of dynamic size before another",
            json -> segment(json, 0).put("size", "dynamic"),
            "only the last may be dynamic"),
        broken(
            "part in reencryption of dynamic size",
            json -> {
              flag(json, 1, "in-reencryption");
              bind(json, 0, 1, 2);
              bind(json, 1, 0, 1, 3);
            },
            "only the last may be dynamic"),
        broken("part of size zero", json -> segment(json, 0).put("size", "0"), "greater than 0"));
  }

  private static Stream<HeaderRule> digests() {
    return Stream.of(
        broken("part without digest", json -> bind(json, 1, 3), "segments.0 has 0 digests"),
        broken("part with two digests", json -> bind(json, 1, 0, 1, 3), "segments.1 has 2 digests"),
        broken(
            "backup segment without digest", json -> bind(json, 0, 1), "segments.2 has 0 digests"),
        broken(
            "backup segment with two digests",
            json -> bind(json, 0, 1, 2, 3),
            "segments.3 has 2 digests"),
        broken(
            "reencrypt keyslot with two digests",
            json -> ((ArrayNode) json.at("/digests/0/keyslots")).add("2"),
            "keyslots.2 has 2 digests"),
        broken("digest names missing part", json -> boundSegments(json, 0).add("9"), "segment 9"),
        broken(
            "token names reencrypt keyslot",
            json -> json.withObject("/tokens/0").put("type", "x").putArray("keyslots").add("2"),
            "names keyslot 2"));
  }

  private static Stream<HeaderRule> requirement() {
    return Stream.of(
        unsupported(
            "requirement reencrypt of version 4",
            json -> mandatory(json, "online-reencrypt-v4"),
            "online-reencrypt-v4"),
        unsupported(
            "requirement reencrypt of version 1",
            json -> mandatory(json, "online-reencrypt"),
            "online-reencrypt"),
        unsupported(
            "requirement reencrypt and another",
            json -> mandatory(json, "new-thing", "online-reencrypt-v2"),
            "\"new-thing\""));
  }

  private static void mandatory(ObjectNode json, String... names) {
    ArrayNode mandatory = HeaderRule.config(json).withObject("/requirements").putArray("mandatory");
    for (String name : names) {
      mandatory.add(name);
    }
  }
}
