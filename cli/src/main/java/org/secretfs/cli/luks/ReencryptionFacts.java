package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksException;
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
    VolumeFacts.putNumbers(facts.putArray("old_keyslots"), header.oldKeyslots());
    VolumeFacts.putNumbers(facts.putArray("new_keyslots"), header.newKeyslots());
    facts.put("keyslot", area.keyslot()).put("digest", area.digest());
    area.checksumHash().ifPresent(hash -> facts.put("hash", hash));
    if (area.checksumBlockBytes() > 0) {
      facts.put("checksum_block", area.checksumBlockBytes());
    }
    if (area.shiftBytes() > 0) {
      facts.put("shift_size", area.shiftBytes());
    }
    facts.put("area_offset", area.offsetBytes()).put("area_size", area.sizeBytes());
  }

  /**
   * How far it is, by the length of the data device; null where that is not known, or the header's
   * parts do not fit it.
   */
  static void putProgress(ObjectNode facts, ReencryptingHeader header, LuksDevice device)
      throws IOException {
    if (!device.isDetached() && header.isApartFromData()) {
      facts.putNull("progress");
      return;
    }
    putProgress(facts, header, device.data());
  }

  static void putProgress(ObjectNode facts, ReencryptingHeader header, Path data)
      throws IOException {
    try (FileLuksStorage storage = FileLuksStorage.openReadOnly(data)) {
      ReencryptingHeader.Progress progress = header.progress(storage.sizeBytes());
      ObjectNode one = facts.putObject("progress");
      one.put("done_bytes", progress.doneBytes()).put("size", progress.totalBytes());
      one.put("percent", Math.round(1000.0 * progress.doneBytes() / progress.totalBytes()) / 10.0);
      progress
          .hotOffsetBytes()
          .ifPresent(at -> one.put("hotzone_offset", at).put("hotzone_size", progress.hotBytes()));
    } catch (LuksException e) {
      facts.putNull("progress").put("problem", e.getMessage());
    }
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
