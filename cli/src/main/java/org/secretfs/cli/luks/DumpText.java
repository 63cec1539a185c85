package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Base64;
import java.util.HexFormat;
import java.util.stream.Collectors;
import org.secretfs.cli.output.Output;

/** A header for people, in the order in which cryptsetup shows one. */
record DumpText(Output output) {
  private static final int HEX_BYTES = 16;

  void print(ObjectNode facts) {
    output.line("LUKS header information");
    line("Version:", facts.get("type").asText().substring("luks".length()));
    line("Epoch:", facts.path("epoch"));
    line("Metadata area:", "%d [bytes]", facts.path("metadata_size"));
    line("Keyslots area:", "%d [bytes]", facts.path("keyslots_size"));
    line("UUID:", facts.path("uuid"));
    if (facts.has("label")) {
      line("Label:", orNone(facts.path("label").asText(), "(no label)"));
      line("Subsystem:", orNone(facts.path("subsystem").asText(), "(no subsystem)"));
    }
    if (facts.has("flags")) {
      line("Flags:", orNone(words(facts.get("flags")), "(no flags)"));
    }
    line("Hash spec:", facts.path("hash"));
    if (facts.path("type").asText().equals("luks1")) {
      line("MK bits:", facts.path("key_size"));
    }
    JsonNode damaged = facts.path("damaged_header_copy");
    if (!damaged.isNull() && !damaged.isMissingNode()) {
      output.line("Damaged:       \t%s", damaged.asText());
    }
    facts.path("requirements").forEach(flag -> line("Requirements:", flag.asText()));
    segments(facts);
    output.line("%nKeyslots:");
    facts.path("keyslots").forEach(this::keyslot);
    if (facts.has("reencryption")) {
      reencryption(facts.get("reencryption"));
    }
    if (facts.has("tokens")) {
      output.line("Tokens:");
      facts.path("tokens").forEach(this::token);
    }
    output.line("Digests:");
    facts.path("digests").forEach(this::digest);
  }

  private static String words(JsonNode texts) {
    return printable(texts.valueStream().map(JsonNode::asText).collect(Collectors.joining(" ")));
  }

  /** A header may be hostile: nothing of it moves a terminal's cursor. */
  private static String printable(String text) {
    return text.replaceAll("\\p{Cntrl}", "\uFFFD");
  }

  private void digest(JsonNode digest) {
    output.line("  %d: %s", digest.get("number").asInt(), digest.get("type").asText());
    output.line("\tHash:       %s", digest.get("hash").asText());
    output.line("\tIterations: %d", digest.get("iterations").asInt());
    hex("Salt:", digest.get("salt"));
    hex("Digest:", digest.get("digest"));
    output.line("\tKeyslots:   %s", orNone(words(digest.get("keyslots")), "(none)"));
    output.line("\tSegments:   %s", orNone(words(digest.get("segments")), "(none)"));
  }

  /** Bytes in lines of sixteen. */
  private void hex(String name, JsonNode base64) {
    byte[] bytes = Base64.getDecoder().decode(base64.asText());
    HexFormat pairs = HexFormat.ofDelimiter(" ");
    for (int at = 0; at < bytes.length; at += HEX_BYTES) {
      int end = Math.min(at + HEX_BYTES, bytes.length);
      output.line("\t%-11s %s", at == 0 ? name : "", pairs.formatHex(bytes, at, end));
    }
  }

  private static String orNone(String text, String none) {
    return text.isEmpty() ? none : text;
  }

  private void line(String name, String value) {
    output.line("%-14s\t%s", name, value);
  }

  private void line(String name, JsonNode value) {
    if (!value.isMissingNode()) {
      line(name, value.asText());
    }
  }

  private void line(String name, String format, JsonNode number) {
    if (!number.isMissingNode()) {
      line(name, String.format(java.util.Locale.ROOT, format, number.asLong()));
    }
  }

  private void segments(ObjectNode facts) {
    output.line("%nData segments:");
    if (facts.has("segments")) {
      facts
          .get("segments")
          .forEach(one -> segment(one.get("number").asInt(), one.get("type").asText(), one));
    } else {
      segment(0, "crypt", facts);
    }
  }

  private void segment(int number, String type, JsonNode facts) {
    output.line("  %d: %s", number, type);
    output.line("\toffset: %d [bytes]", facts.get("offset").asLong());
    output.line(
        "\tlength: %s",
        facts.has("size") ? facts.get("size").asLong() + " [bytes]" : "(whole device)");
    if (facts.has("cipher")) {
      output.line("\tcipher: %s", facts.get("cipher").asText());
      output.line("\tsector: %d [bytes]", facts.get("sector_size").asInt());
    }
    facts.path("flags").forEach(flag -> output.line("\tflags : %s", flag.asText()));
  }

  /** The keyslot that holds no key, and which of the others hold which. */
  private void reencryption(JsonNode facts) {
    output.line("  %d: reencrypt", facts.get("keyslot").asInt());
    output.line("\tMode:       %s", facts.get("mode").asText());
    output.line("\tDirection:  %s", facts.get("direction").asText());
    output.line("\tResilience: %s", facts.get("resilience").asText());
    if (facts.has("hash")) {
      output.line("\tHash:       %s", facts.get("hash").asText());
      output.line("\tHash data:  %d [bytes]", facts.get("checksum_block").asInt());
    }
    if (facts.has("shift_size")) {
      output.line("\tShift size: %d [bytes]", facts.get("shift_size").asLong());
    }
    output.line("\tState:      %s", state(facts));
    progress(facts.path("progress"));
    output.line("\tOld key:    %s", keyslots(facts.get("old_keyslots")));
    output.line("\tNew key:    %s", keyslots(facts.get("new_keyslots")));
    output.line("\tArea offset:%d [bytes]", facts.get("area_offset").asLong());
    output.line("\tArea length:%d [bytes]", facts.get("area_size").asLong());
    if (facts.get("digest").asInt() >= 0) {
      output.line("\tDigest ID:  %d", facts.get("digest").asInt());
    }
  }

  private void progress(JsonNode progress) {
    if (!progress.isObject()) {
      output.line("\tProgress:   (not known: give the data device, too)");
      return;
    }
    output.line(
        "\tProgress:   %s %%, %d of %d [bytes]",
        progress.get("percent").asText(),
        progress.get("done_bytes").asLong(),
        progress.get("size").asLong());
    if (progress.has("hotzone_offset")) {
      output.line(
          "\tHotzone:    %d [bytes] at %d",
          progress.get("hotzone_size").asLong(), progress.get("hotzone_offset").asLong());
    }
  }

  private static String state(JsonNode facts) {
    if (facts.get("interrupted").asBoolean()) {
      return "interrupted: a part is to be recovered";
    }
    return facts.get("untouched").asBoolean() ? "begun, no data rewritten" : "under way";
  }

  private static String keyslots(JsonNode numbers) {
    return numbers.isEmpty() ? "(no keyslot)" : "keyslots " + numbers;
  }

  private static String priority(String set) {
    return switch (set) {
      case "prefer" -> "preferred";
      case "ignore" -> "ignored";
      default -> set;
    };
  }

  private void keyslot(JsonNode slot) {
    output.line(
        "  %d: %s",
        slot.get("number").asInt(), slot.get("bound").asBoolean() ? "luks2" : "luks2 (unbound)");
    output.line("\tKey:        %d bits", slot.get("key_size").asInt());
    output.line("\tPriority:   %s", priority(slot.get("priority").asText()));
    output.line("\tCipher:     %s", slot.get("cipher").asText());
    output.line("\tCipher key: %d bits", slot.get("cipher_key_size").asInt());
    output.line("\tPBKDF:      %s", slot.get("pbkdf").asText());
    if (slot.has("iterations")) {
      output.line("\tHash:       %s", slot.get("hash").asText());
      output.line("\tIterations: %d", slot.get("iterations").asInt());
    } else {
      output.line("\tTime cost:  %d", slot.get("time_cost").asInt());
      output.line("\tMemory:     %d", slot.get("memory").asInt());
      output.line("\tThreads:    %d", slot.get("threads").asInt());
    }
    hex("Salt:", slot.get("salt"));
    output.line("\tAF stripes: %d", slot.get("af_stripes").asInt());
    output.line("\tAF hash:    %s", slot.get("af_hash").asText());
    output.line("\tArea offset:%d [bytes]", slot.get("area_offset").asLong());
    output.line("\tArea length:%d [bytes]", slot.get("area_size").asLong());
    if (slot.has("digest")) {
      output.line("\tDigest ID:  %d", slot.get("digest").asInt());
    }
  }

  private void token(JsonNode token) {
    output.line("  %d: %s", token.get("number").asInt(), token.get("type").asText());
    if (token.has("key_description")) {
      output.line("\tKey description: %s", printable(token.get("key_description").asText()));
    }
    token.get("keyslots").forEach(slot -> output.line("\tKeyslot:    %d", slot.asInt()));
  }
}
