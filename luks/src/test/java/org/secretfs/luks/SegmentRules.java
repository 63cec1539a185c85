package org.secretfs.luks;

import static org.secretfs.luks.HeaderRule.json;
import static org.secretfs.luks.HeaderRule.segment;
import static org.secretfs.luks.HeaderRule.unsupported;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.stream.Stream;

/** The rules of the segments, LUKS2 3.3. */
final class SegmentRules {
  private SegmentRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(
        json("no segment", json -> json.withObject("/segments").remove("0"), "must hold a segment"),
        json(
            "segment numbered one",
            json -> {
              ObjectNode segment = segment(json).deepCopy();
              json.putObject("segments").set("1", segment);
            },
            "without a gap"),
        json(
            "segment key not anumber",
            json -> {
              ObjectNode segment = segment(json).deepCopy();
              json.putObject("segments").set("00", segment);
            },
            "key \"00\""),
        unsupported(
            "two segments",
            json -> json.withObject("/segments").set("1", segment(json).deepCopy()),
            "2 segments"),
        unsupported("segment linear", json -> segment(json).put("type", "linear"), "linear"),
        json("segment type missing", json -> segment(json).remove("type"), "segments.0.type"),
        unsupported(
            "segment integrity",
            json -> segment(json).withObject("/integrity").put("type", "hmac(sha256)"),
            "integrity"),
        unsupported(
            "segment in reencryption",
            json -> segment(json).putArray("flags").add("in-reencryption"),
            "in-reencryption"),
        json(
            "segment flag not text",
            json -> segment(json).putArray("flags").add(3),
            "segments.0.flags"),
        json("segment offset missing", json -> segment(json).remove("offset"), "segments.0.offset"),
        json(
            "segment offset unaligned",
            json -> segment(json).put("offset", "1048577"),
            "multiple of 512"),
        json(
            "segment offset negative",
            json -> segment(json).put("offset", "-512"),
            "segments.0.offset"),
        json(
            "segment offset past 63 bits",
            json -> segment(json).put("offset", "9223372036854775808"),
            "2^63"),
        json("segment size missing", json -> segment(json).remove("size"), "segments.0.size"),
        json("segment size zero", json -> segment(json).put("size", "0"), "greater than 0"),
        json(
            "segment size unaligned to sector",
            json -> segment(json).put("sector_size", 4096).put("size", "512"),
            "multiple of 4096"),
        json(
            "segment size past the end of numbers",
            json -> segment(json).put("size", "9223372036854775296"),
            "2^63"),
        json("segment size word", json -> segment(json).put("size", "all"), "segments.0.size"),
        json("iv tweak missing", json -> segment(json).remove("iv_tweak"), "segments.0.iv_tweak"),
        json(
            "iv tweak word",
            json -> segment(json).put("iv_tweak", "dynamic"),
            "segments.0.iv_tweak"),
        json(
            "encryption missing",
            json -> segment(json).remove("encryption"),
            "segments.0.encryption"),
        json(
            "encryption empty",
            json -> segment(json).put("encryption", ""),
            "segments.0.encryption"),
        json(
            "encryption with strange characters",
            json -> segment(json).put("encryption", "aes-xts plain64"),
            "name a cipher"),
        unsupported(
            "null cipher",
            json -> segment(json).put("encryption", "cipher_null-ecb"),
            "encrypts nothing"),
        json(
            "sector size missing",
            json -> segment(json).remove("sector_size"),
            "segments.0.sector_size"),
        json(
            "sector size text",
            json -> segment(json).put("sector_size", "512"),
            "segments.0.sector_size"),
        json(
            "sector size 1000",
            json -> segment(json).put("sector_size", 1000),
            "512, 1024, 2048 or 4096"),
        json(
            "sector size 8192", json -> segment(json).put("sector_size", 8192), "from 512 to 4096"),
        json(
            "sector size fraction",
            json -> segment(json).put("sector_size", 512.5),
            "segments.0.sector_size"),
        json(
            "segment not an object",
            json -> json.withObject("/segments").put("0", 1),
            "must be an object"),
        json(
            "segment flags not an array",
            json -> segment(json).put("flags", "x"),
            "segments.0.flags"),
        json(
            "segment offset number",
            json -> segment(json).put("offset", 1048576),
            "segments.0.offset"),
        json("segment size number", json -> segment(json).put("size", 4096), "segments.0.size"),
        json("segment size empty", json -> segment(json).put("size", ""), "segments.0.size"),
        json("iv tweak number", json -> segment(json).put("iv_tweak", 0), "segments.0.iv_tweak"),
        json("iv tweak empty", json -> segment(json).put("iv_tweak", ""), "segments.0.iv_tweak"),
        json(
            "encryption number",
            json -> segment(json).put("encryption", 1),
            "segments.0.encryption"),
        json(
            "encryption of 65 characters",
            json -> segment(json).put("encryption", "a".repeat(65)),
            "name a cipher"),
        unsupported(
            "null cipher by its short name",
            json -> segment(json).put("encryption", "null"),
            "encrypts nothing"),
        json(
            "sector size zero",
            json -> segment(json).put("sector_size", 0),
            "segments.0.sector_size"),
        unsupported("segment opal", json -> segment(json).put("type", "hw-opal"), "hw-opal"));
  }
}
