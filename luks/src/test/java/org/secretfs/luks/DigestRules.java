package org.secretfs.luks;

import static org.secretfs.luks.HeaderRule.digest;
import static org.secretfs.luks.HeaderRule.json;
import static org.secretfs.luks.HeaderRule.unsupported;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;

/** The rules of the digests, and what they name, LUKS2 3.4. */
final class DigestRules {
  private DigestRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(
        unsupported("digest type other", json -> digest(json).put("type", "sha256"), "sha256"),
        json(
            "digest iterations too many",
            json -> digest(json).put("iterations", Integer.MAX_VALUE),
            "digests.0.iterations"),
        json("digest salt short", json -> digest(json).put("salt", "AAAA"), "digests.0.salt"),
        json("digest value empty", json -> digest(json).put("digest", ""), "digests.0.digest"),
        json(
            "digest value longer than hash",
            json -> digest(json).put("digest", "A".repeat(48)),
            "digests.0.digest"),
        json(
            "digest names missing keyslot",
            json -> ((ArrayNode) digest(json).get("keyslots")).add("9"),
            "keyslot 9"),
        json(
            "digest names missing segment",
            json -> ((ArrayNode) digest(json).get("segments")).add("1"),
            "segment 1"),
        json(
            "digest keyslots of numbers",
            json -> digest(json).putArray("keyslots").add(0),
            "digests.0.keyslots"),
        json(
            "digest keyslots repeated",
            json -> ((ArrayNode) digest(json).get("keyslots")).add("0"),
            "each once"),
        json(
            "keyslot without digest",
            json -> digest(json).putArray("keyslots"),
            "keyslots.0 has 0 digests"),
        json(
            "keyslot with two digests",
            json -> {
              ObjectNode second = digest(json).deepCopy();
              second.putArray("segments");
              json.withObject("/digests").set("1", second);
            },
            "keyslots.0 has 2 digests"),
        json(
            "segment without digest",
            json -> digest(json).putArray("segments"),
            "segments.0 has 0 digests"),
        json(
            "segment with two digests",
            json -> {
              ObjectNode second = digest(json).deepCopy();
              second.putArray("keyslots");
              json.withObject("/digests").set("1", second);
            },
            "segments.0 has 2 digests"),
        json(
            "digest numbered 32",
            json -> json.withObject("/digests").set("32", digest(json).deepCopy()),
            "key \"32\""),
        json(
            "digest not an object",
            json -> json.withObject("/digests").put("1", 1),
            "must be an object"),
        json("digest type missing", json -> digest(json).remove("type"), "digests.0.type"),
        json(
            "digest keyslots missing",
            json -> digest(json).remove("keyslots"),
            "digests.0.keyslots"),
        json(
            "digest segments missing",
            json -> digest(json).remove("segments"),
            "digests.0.segments"),
        json(
            "digest segments of numbers",
            json -> digest(json).putArray("segments").add(0),
            "digests.0.segments"),
        json("digest hash missing", json -> digest(json).remove("hash"), "digests.0.hash"),
        json(
            "digest iterations too few",
            json -> digest(json).put("iterations", 999),
            "digests.0.iterations"),
        json("digest salt missing", json -> digest(json).remove("salt"), "digests.0.salt"),
        json(
            "digest value shorter than 20",
            json -> digest(json).put("digest", "A".repeat(24)),
            "digests.0.digest"),
        json(
            "digest value neither 20 nor the hash",
            json -> digest(json).put("digest", "A".repeat(32)),
            "digests.0.digest"));
  }
}
