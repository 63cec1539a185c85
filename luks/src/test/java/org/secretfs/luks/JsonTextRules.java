package org.secretfs.luks;

import static org.secretfs.luks.HeaderRule.area;
import static org.secretfs.luks.HeaderRule.json;
import static org.secretfs.luks.HeaderRule.replaced;
import static org.secretfs.luks.HeaderRule.text;

import java.util.stream.Stream;

/** The rules of the JSON area as text, LUKS2 2.2. */
final class JsonTextRules {
  private JsonTextRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(
        area(
            "no zero byte ends json",
            area -> {
              for (int i = 0; i < area.length; i++) {
                area[i] = area[i] == 0 ? (byte) ' ' : area[i];
              }
            },
            "no zero byte"),
        area("byte behind json", area -> area[area.length - 1] = 'x', "not zero follows"),
        text("json begins with space", " {}", "must begin with {"),
        text("json empty", "", "must begin with {"),
        text("json ends with space", "{} ", "end with }"),
        text("two json objects", "{}{}", "bad JSON"),
        replaced("json key twice", "\"tokens\":{}", "\"tokens\":{},\"tokens\":{}", "Duplicate"),
        replaced(
            "json too deep",
            "\"tokens\":{}",
            "\"x\":" + "[".repeat(40) + "]".repeat(40),
            "bad JSON"),
        area("json not utf 8", area -> area[3] = (byte) 0xFF, "bad JSON"),
        replaced(
            "json number too long",
            "\"tokens\":{}",
            "\"tokens\":{},\"x\":" + "9".repeat(21),
            "bad JSON"),
        text("json is an array", "[]", "must begin with {"),
        replaced("json with comment", "\"tokens\":{}", "\"tokens\":{}/* */", "bad JSON"),
        replaced("json with unquoted name", "\"tokens\":{}", "tokens:{}", "bad JSON"),
        replaced("json with nan", "\"tokens\":{}", "\"tokens\":{},\"x\":NaN", "bad JSON"),
        replaced("json with trailing comma", "\"tokens\":{}", "\"tokens\":{},", "bad JSON"),
        json("keyslots missing", json -> json.remove("keyslots"), "keyslots is missing"),
        json("tokens missing", json -> json.remove("tokens"), "tokens is missing"),
        json("segments missing", json -> json.remove("segments"), "segments is missing"),
        json("digests missing", json -> json.remove("digests"), "digests is missing"),
        json("config missing", json -> json.remove("config"), "config is missing"),
        json("keyslots is an array", json -> json.putArray("keyslots"), "must be an object"),
        json("tokens is an array", json -> json.putArray("tokens"), "must be an object"),
        json("segments is an array", json -> json.putArray("segments"), "must be an object"),
        json("digests is an array", json -> json.putArray("digests"), "must be an object"),
        json("config is an array", json -> json.putArray("config"), "must be an object"));
  }
}
