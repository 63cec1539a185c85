package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collection;
import org.secretfs.luks.ReencryptingHeader;
import org.secretfs.luks.Reencryption;
import org.secretfs.luks.VolumeSegment;

/** What a header in re-encryption says beside what every header says, as a part of a document. */
final class ReencryptionFacts {
  private ReencryptionFacts() {}

  /** Puts no cipher, offset or key size of the volume: each segment has its own. */
  static void put(ObjectNode facts, ReencryptingHeader header) {
    facts.putArray("requirements").add(header.requirement());
    putReencryption(facts.putObject("reencryption"), header);
    ArrayNode segments = facts.putArray("segments");
    header
        .segments()
        .forEach(
            (number, segment) -> putSegment(segments.addObject().put("number", number), segment));
  }

  private static void putReencryption(ObjectNode facts, ReencryptingHeader header) {
    Reencryption.Status status = header.status();
    ReencryptingHeader.Area area = header.area();
    facts.put("mode", status.mode()).put("direction", status.direction());
    facts.put("resilience", status.resilience());
    facts.put("untouched", status.untouched()).put("interrupted", status.interrupted());
    putNumbers(facts.putArray("old_keyslots"), header.oldKeyslots());
    putNumbers(facts.putArray("new_keyslots"), header.newKeyslots());
    facts.put("keyslot", area.keyslot());
    facts.put("area_offset", area.offsetBytes()).put("area_size", area.sizeBytes());
  }

  private static void putNumbers(ArrayNode list, Collection<Integer> numbers) {
    numbers.forEach(list::add);
  }

  private static void putSegment(ObjectNode facts, VolumeSegment segment) {
    facts.put("type", segment.isEncrypted() ? "crypt" : "linear");
    facts.put("offset", segment.offsetBytes());
    segment.sizeBytes().ifPresent(bytes -> facts.put("size", bytes));
    if (segment.isEncrypted()) {
      facts.put("cipher", segment.cipher()).put("sector_size", segment.sectorSize());
      facts.put("iv_tweak", segment.ivTweak());
    }
    ArrayNode flags = facts.putArray("flags");
    segment.flags().stream().sorted().forEach(flag -> flags.add(flag.stored()));
  }
}
