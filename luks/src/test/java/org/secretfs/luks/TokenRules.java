package org.secretfs.luks;

import static org.secretfs.luks.HeaderRule.json;

import java.util.stream.Stream;

/** The rules of the tokens, LUKS2 3.6. */
final class TokenRules {
  private TokenRules() {}

  static Stream<HeaderRule> all() {
    return Stream.of(
        json(
            "token type missing",
            json -> json.withObject("/tokens/0").putArray("keyslots"),
            "tokens.0.type"),
        json(
            "token keyslots missing",
            json -> json.withObject("/tokens/0").put("type", "x"),
            "tokens.0.keyslots"),
        json(
            "token names missing keyslot",
            json -> json.withObject("/tokens/0").put("type", "x").putArray("keyslots").add("4"),
            "tokens.0 names keyslot 4"),
        json(
            "token numbered 32",
            json -> json.withObject("/tokens/32").put("type", "x").putArray("keyslots"),
            "key \"32\""),
        json(
            "token not an object",
            json -> json.withObject("/tokens").put("0", "x"),
            "must be an object"),
        json(
            "token type empty",
            json -> json.withObject("/tokens/0").put("type", "").putArray("keyslots"),
            "tokens.0.type"),
        json(
            "token type number",
            json -> json.withObject("/tokens/0").put("type", 1).putArray("keyslots"),
            "tokens.0.type"),
        json(
            "token keyslots of numbers",
            json -> json.withObject("/tokens/0").put("type", "x").putArray("keyslots").add(0),
            "tokens.0.keyslots"),
        json(
            "token names akeyslot twice",
            json ->
                json.withObject("/tokens/0")
                    .put("type", "x")
                    .putArray("keyslots")
                    .add("0")
                    .add("0"),
            "each once"));
  }
}
