package org.secretfs.luks;

import static org.secretfs.luks.HeaderRule.area;
import static org.secretfs.luks.HeaderRule.argon2;
import static org.secretfs.luks.HeaderRule.digest;
import static org.secretfs.luks.HeaderRule.json;
import static org.secretfs.luks.HeaderRule.kdf;
import static org.secretfs.luks.HeaderRule.keyslot;
import static org.secretfs.luks.HeaderRule.unsupported;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;

/** The rules of the keyslots, LUKS2 3.2. */
final class KeyslotRules {
  private KeyslotRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(
        json(
            "keyslot numbered 32",
            json -> json.withObject("/keyslots").set("32", keyslot(json).deepCopy()),
            "key \"32\""),
        json(
            "keyslot not an object",
            json -> json.withObject("/keyslots").put("1", "x"),
            "must be an object"),
        unsupported(
            "keyslot type unknown", json -> keyslot(json).put("type", "reencrypt"), "reencrypt"),
        json("keyslot type missing", json -> keyslot(json).remove("type"), "keyslots.0.type"),
        json("key size text", json -> keyslot(json).put("key_size", "64"), "keyslots.0.key_size"),
        json("key size zero", json -> keyslot(json).put("key_size", 0), "keyslots.0.key_size"),
        json(
            "key size huge", json -> keyslot(json).put("key_size", 1 << 20), "keyslots.0.key_size"),
        json(
            "priority out of range",
            json -> keyslot(json).put("priority", 3),
            "keyslots.0.priority"),
        json("keyslot area missing", json -> keyslot(json).remove("area"), "keyslots.0.area"),
        json("area type other", json -> area(json).put("type", "journal"), "keyslots.0.area.type"),
        json(
            "area offset number",
            json -> area(json).put("offset", 32768),
            "keyslots.0.area.offset"),
        json("area inside headers", json -> area(json).put("offset", "28672"), "must lie within"),
        json(
            "area behind keyslots area",
            json -> area(json).put("offset", "1048576"),
            "must lie within"),
        json(
            "area offset plus size overflows",
            json -> area(json).put("size", "9223372036854775807"),
            "must lie within"),
        json("area too small for split key", json -> area(json).put("size", "253952"), "split key"),
        json(
            "areas overlap",
            json -> {
              ObjectNode second = keyslot(json).deepCopy();
              second.withObject("/area").put("offset", "286720");
              json.withObject("/keyslots").set("1", second);
              ((ArrayNode) digest(json).get("keyslots")).add("1");
            },
            "overlap"),
        json(
            "area key size zero",
            json -> area(json).put("key_size", 0),
            "keyslots.0.area.key_size"),
        json(
            "area encryption missing",
            json -> area(json).remove("encryption"),
            "keyslots.0.area.encryption"),
        json("af missing", json -> keyslot(json).remove("af"), "keyslots.0.af"),
        json(
            "af type other",
            json -> json.withObject("/keyslots/0/af").put("type", "none"),
            "keyslots.0.af.type"),
        json(
            "af stripes other",
            json -> json.withObject("/keyslots/0/af").put("stripes", 1),
            "keyslots.0.af.stripes"),
        unsupported(
            "af hash unknown", json -> json.withObject("/keyslots/0/af").put("hash", "md4"), "md4"),
        json("kdf missing", json -> keyslot(json).remove("kdf"), "keyslots.0.kdf"),
        unsupported("kdf unknown", json -> kdf(json).put("type", "scrypt"), "scrypt"),
        json("kdf fields of another", json -> kdf(json).put("memory", 1024), "has 5 fields"),
        unsupported("kdf hash unknown", json -> kdf(json).put("hash", "md5"), "md5"),
        json("iterations below least", json -> kdf(json).put("iterations", 999), "iterations 999"),
        json(
            "iterations above most",
            json -> kdf(json).put("iterations", 100_000_001),
            "iterations 100000001"),
        json(
            "iterations past 32 bits",
            json -> kdf(json).put("iterations", 1L << 32),
            "keyslots.0.kdf.iterations"),
        json("salt short", json -> kdf(json).put("salt", "AAAA"), "keyslots.0.kdf.salt"),
        json(
            "salt not base 64",
            json -> kdf(json).put("salt", "*".repeat(44)),
            "keyslots.0.kdf.salt"),
        json("argon 2 memory above 4 gib", json -> argon2(json, 4, 4_194_305, 4), "4194305 KiB"),
        json("argon 2 time too long", json -> argon2(json, 1025, 1 << 20, 4), "time cost 1025"),
        json("argon 2 lanes too many", json -> argon2(json, 4, 1 << 20, 17), "lanes 17"),
        json("argon 2 memory too small for lanes", json -> argon2(json, 4, 64, 16), "8 per lane"),
        json("argon 2 time zero", json -> argon2(json, 0, 1024, 1), "keyslots.0.kdf.time"),
        json(
            "keyslot number with leading zero",
            json -> json.withObject("/keyslots").set("00", keyslot(json).deepCopy()),
            "key \"00\""),
        json("key size missing", json -> keyslot(json).remove("key_size"), "keyslots.0.key_size"),
        json(
            "key size fraction",
            json -> keyslot(json).put("key_size", 64.5),
            "keyslots.0.key_size"),
        json("priority text", json -> keyslot(json).put("priority", "1"), "keyslots.0.priority"),
        json("area is an array", json -> keyslot(json).putArray("area"), "keyslots.0.area"),
        json("area type missing", json -> area(json).remove("type"), "keyslots.0.area.type"),
        json("area offset missing", json -> area(json).remove("offset"), "keyslots.0.area.offset"),
        json("area size missing", json -> area(json).remove("size"), "keyslots.0.area.size"),
        json("area size zero", json -> area(json).put("size", "0"), "split key"),
        json(
            "area key size missing",
            json -> area(json).remove("key_size"),
            "keyslots.0.area.key_size"),
        json(
            "area encryption empty",
            json -> area(json).put("encryption", ""),
            "keyslots.0.area.encryption"),
        json(
            "af type missing",
            json -> json.withObject("/keyslots/0/af").remove("type"),
            "keyslots.0.af.type"),
        json(
            "af stripes missing",
            json -> json.withObject("/keyslots/0/af").remove("stripes"),
            "keyslots.0.af.stripes"),
        json(
            "af hash missing",
            json -> json.withObject("/keyslots/0/af").remove("hash"),
            "keyslots.0.af.hash"),
        json("kdf type missing", json -> kdf(json).remove("type"), "keyslots.0.kdf.type"),
        json(
            "kdf hash missing",
            json -> {
              kdf(json).remove("hash");
              kdf(json).put("x", 1);
            },
            "keyslots.0.kdf.hash"),
        json(
            "kdf salt missing",
            json -> {
              kdf(json).remove("salt");
              kdf(json).put("x", 1);
            },
            "keyslots.0.kdf.salt"),
        json(
            "iterations missing",
            json -> {
              kdf(json).remove("iterations");
              kdf(json).put("x", 1);
            },
            "keyslots.0.kdf.iterations"),
        json(
            "iterations text",
            json -> kdf(json).put("iterations", "1000"),
            "keyslots.0.kdf.iterations"),
        json(
            "iterations negative",
            json -> kdf(json).put("iterations", -1),
            "keyslots.0.kdf.iterations"),
        json(
            "argon 2 cpus missing",
            json -> {
              argon2(json, 4, 1024, 1);
              kdf(json).remove("cpus");
              kdf(json).put("x", 1);
            },
            "keyslots.0.kdf.cpus"),
        json("argon 2 lanes zero", json -> argon2(json, 4, 1024, 0), "keyslots.0.kdf.cpus"),
        json("argon 2 memory zero", json -> argon2(json, 4, 0, 1), "keyslots.0.kdf.memory"),
        json("salt long", json -> kdf(json).put("salt", "A".repeat(48)), "keyslots.0.kdf.salt"));
  }
}
