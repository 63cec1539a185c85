package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import org.secretfs.attach.AttachedVolume;
import org.secretfs.attach.Attachments;
import org.secretfs.attach.VolumeParts;
import org.secretfs.cli.output.ExitStatus;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksException;
import org.secretfs.luks.LuksHeader;
import org.secretfs.luks.ReencryptingHeader;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Tells of opened volumes. */
@Command(
    name = "status",
    mixinStandardHelpOptions = true,
    description = {
      "Tells whether a volume is open under a name, on what device and how: exit status 0, or 4",
      "if it is not open. Cipher, sector size and re-encryption are read from its header as it",
      "is now.",
    },
    footer = {
      "",
      "Examples:",
      "  secretfs luks status scratch",
      "  secretfs luks status --json scratch | jq .reencryption.progress.percent",
    })
final class StatusCommand extends LuksAction {
  private static final int UNIT_BYTES = 512;

  @Mixin private Attaching attaching = new Attaching();

  @Parameters(index = "0", paramLabel = "NAME", description = "The name it was opened under.")
  private String name = "";

  StatusCommand(Output output) {
    super(output);
  }

  @Override
  ObjectNode run() throws SecretfsException {
    Attachments all = attaching.all();
    Optional<AttachedVolume> found = all.find(name);
    ObjectNode facts = Output.object().put("name", name).put("active", found.isPresent());
    if (found.isPresent()) {
      AttachedVolume volume = found.get();
      facts.put("opened_device", volume.device().toString()).put("attachment", volume.kind());
      facts.put("problem", volume.unhealthyBecause().orElse(null));
      all.named(volume.kind()).parts(volume).ifPresent(parts -> put(facts, parts));
    }
    return facts;
  }

  private static void put(ObjectNode facts, VolumeParts parts) {
    facts.put("device", parts.backing().toString());
    facts.put("mode", parts.readOnly() ? "read-only" : "read/write");
    facts.put("size", parts.sizeBytes());
    parts.cipher().ifPresent(cipher -> facts.put("cipher", cipher));
    parts.keySizeBits().ifPresent(bits -> facts.put("key_size", bits));
    Path header = parts.header().orElse(parts.backing());
    if (!header.equals(parts.backing())) {
      facts.put("header", header.toString());
    }
    try {
      putHeader(facts, header, parts.backing());
    } catch (IOException | LuksException e) {
      facts.put("header_problem", String.valueOf(e.getMessage()));
    }
  }

  /** What the header says as it is now: a re-encryption changes it while the volume is open. */
  private static void putHeader(ObjectNode facts, Path header, Path data)
      throws IOException, LuksException {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(header)) {
      LuksHeader found = LuksHeader.read(storage);
      ObjectNode told = VolumeFacts.of(header, found);
      for (String fact :
          new String[] {"type", "uuid", "cipher", "key_size", "sector_size", "offset"}) {
        if (told.has(fact)) {
          facts.set(fact, told.get(fact));
        }
      }
      if (found instanceof ReencryptingHeader parts) {
        ObjectNode reencryption = told.withObject("/reencryption");
        ReencryptionFacts.putProgress(reencryption, parts, data);
        facts.set("reencryption", reencryption);
      }
    }
  }

  /** The device is there, and nothing serves it: reads and writes of it fail. */
  private static boolean isBroken(ObjectNode facts) {
    return facts.hasNonNull("problem");
  }

  @Override
  int statusOf(ObjectNode facts) {
    return facts.get("active").asBoolean() && !isBroken(facts) ? ExitStatus.DONE : ExitStatus.DATA;
  }

  @Override
  void text(ObjectNode facts) {
    if (!facts.get("active").asBoolean()) {
      output().line("%s is inactive.", name);
      return;
    }
    String state = isBroken(facts) ? "broken: close it and open it again" : "active";
    output().line("%s is %s.", facts.get("opened_device").asText(), state);
    line("type:", facts.path("type").asText().toUpperCase(Locale.ROOT));
    line("cipher:", facts.path("cipher").asText());
    line("keysize:", with(facts.path("key_size"), "bits"));
    line("device:", facts.path("device").asText());
    line("header:", facts.path("header").asText());
    line("UUID:", facts.path("uuid").asText());
    line("sector size:", facts.path("sector_size").asText());
    line("offset:", sectors(facts.path("offset")));
    line("size:", sectors(facts.path("size")));
    line("mode:", facts.path("mode").asText());
    line("attachment:", facts.get("attachment").asText());
    if (facts.has("reencryption")) {
      line("reencryption:", reencryption(facts.get("reencryption")));
    }
    line("problem:", facts.path("problem").asText(""));
    line("problem:", facts.path("header_problem").asText());
  }

  private void line(String what, String value) {
    if (!value.isEmpty()) {
      output().line("  %-13s %s", what, value);
    }
  }

  private static String with(JsonNode number, String unit) {
    return number.isMissingNode() ? "" : number.asText() + " " + unit;
  }

  private static String sectors(JsonNode bytes) {
    return bytes.isMissingNode() ? "" : bytes.asLong() / UNIT_BYTES + " sectors";
  }

  private static String reencryption(JsonNode facts) {
    JsonNode percent = facts.path("progress").path("percent");
    return "%s, %s, %s"
        .formatted(
            facts.get("mode").asText(),
            facts.get("resilience").asText(),
            percent.isMissingNode() ? "progress not known" : percent.asText() + " % done");
  }
}
