package org.secretfs.luks;

import static org.secretfs.luks.HeaderRule.config;
import static org.secretfs.luks.HeaderRule.json;
import static org.secretfs.luks.HeaderRule.unsupported;

import java.util.stream.Stream;

/** The rules of the config object, LUKS2 3.5. */
final class ConfigRules {
  private ConfigRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(
        json(
            "json size is number",
            json -> config(json).put("json_size", 12288),
            "config.json_size"),
        json("json size other", json -> config(json).put("json_size", "12287"), "config.json_size"),
        json(
            "keyslots size missing",
            json -> config(json).remove("keyslots_size"),
            "config.keyslots_size"),
        json(
            "keyslots size unaligned",
            json -> config(json).put("keyslots_size", "262145"),
            "multiple of 4096"),
        json(
            "keyslots size above 128 mib",
            json -> config(json).put("keyslots_size", "134221824"),
            "128 MiB"),
        json(
            "keyslots size into segment",
            json -> config(json).put("keyslots_size", "1048576"),
            "before the segment"),
        json(
            "keyslots size past 63 bits",
            json -> config(json).put("keyslots_size", "9223372036854775808"),
            "2^63"),
        json(
            "keyslots size negative",
            json -> config(json).put("keyslots_size", "-4096"),
            "decimal number"),
        unsupported(
            "requirement unknown",
            json -> config(json).withObject("/requirements").putArray("mandatory").add("new-thing"),
            "\"new-thing\""),
        unsupported(
            "requirement reencrypt",
            json ->
                config(json)
                    .withObject("/requirements")
                    .putArray("mandatory")
                    .add("online-reencrypt"),
            "re-encryption"),
        json(
            "requirements not an object",
            json -> config(json).putArray("requirements").add("x"),
            "must be an object"),
        json(
            "requirement not text",
            json -> config(json).withObject("/requirements").putArray("mandatory").add(1),
            "texts"),
        json("flag not text", json -> config(json).putArray("flags").add(7), "config.flags"),
        json("json size missing", json -> config(json).remove("json_size"), "config.json_size"),
        json(
            "flags not an array",
            json -> config(json).put("flags", "allow-discards"),
            "config.flags"),
        json("flag twice", json -> config(json).putArray("flags").add("x").add("x"), "each once"),
        json(
            "mandatory not an array",
            json -> config(json).withObject("/requirements").put("mandatory", "x"),
            "must be an array"),
        unsupported(
            "requirement with control characters",
            json -> config(json).withObject("/requirements").putArray("mandatory").add("a\u001bb"),
            "\"a?b\""));
  }
}
