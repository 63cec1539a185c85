package org.secretfs.keymanager.seal;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException;

/** Reads what a seal left in the sealed root; every value has bounds. */
final class Facts {
  private static final int MOST_TEXT_CHARACTERS = 4096;
  private static final int MOST_BYTES = 16 << 10;

  private final String kind;
  private final JsonNode json;

  Facts(String kind, JsonNode json) {
    this.kind = kind;
    this.json = json;
  }

  String text(String name) throws KeyManagerException.RootKey {
    JsonNode value = json.path(name);
    if (!value.isTextual() || value.textValue().length() > MOST_TEXT_CHARACTERS) {
      throw wrong(name, "must be text of up to %d characters".formatted(MOST_TEXT_CHARACTERS));
    }
    return value.textValue();
  }

  int number(String name, int least, int most) throws KeyManagerException.RootKey {
    JsonNode value = json.path(name);
    if (!value.isInt() || value.intValue() < least || value.intValue() > most) {
      throw wrong(name, "must be a number from %d to %d".formatted(least, most));
    }
    return value.intValue();
  }

  byte[] hex(String name, int length) throws KeyManagerException.RootKey {
    return hex(name, text(name), length);
  }

  private byte[] hex(String name, String digits, int length) throws KeyManagerException.RootKey {
    if (!digits.matches("[0-9a-f]{%d}".formatted(2 * length))) {
      throw wrong(name, "must be %d hexadecimal digits".formatted(2 * length));
    }
    return HexFormat.of().parseHex(digits);
  }

  byte[] base64(String name) throws KeyManagerException.RootKey {
    JsonNode value = json.path(name);
    try {
      byte[] bytes = Base64.getDecoder().decode(value.isTextual() ? value.textValue() : "?");
      if (bytes.length >= 1 && bytes.length <= MOST_BYTES) {
        return bytes;
      }
    } catch (IllegalArgumentException e) {
      // Told below.
    }
    throw wrong(name, "must be 1 to %d bytes in base64".formatted(MOST_BYTES));
  }

  /** A list of hashes. */
  List<String> hashes(String name, int count) throws KeyManagerException.RootKey {
    List<String> all = new ArrayList<>();
    for (JsonNode item : json.path(name)) {
      all.add(item.asText());
      var _ = hex(name, item.asText(), 32);
    }
    if (all.size() != count) {
      throw wrong(name, "must be %d hashes".formatted(count));
    }
    return all;
  }

  KeyManagerException.RootKey wrong(String name, String rule) {
    return new KeyManagerException.RootKey(
        "sealed root: '%s' of seal %s %s".formatted(name, kind, rule));
  }
}
