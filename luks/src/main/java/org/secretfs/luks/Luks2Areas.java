package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Moves keyslot areas of a LUKS2 volume whose copies of the header are both good. */
final class Luks2Areas {
  private Luks2Areas() {}

  /**
   * Moves the area of keyslot {@code number} to a place that is free: copied, then named by the
   * header, then destroyed where it was. A crash leaves the volume with the one or the other.
   */
  static void move(LuksStorage storage, int number, long offsetBytes)
      throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      HeaderCopy header = header(storage);
      Keyslot.Area area = new KeyslotEditor(storage, header).require(number).area();
      requireApart(area, offsetBytes);
      BinaryHeader binary = header.binary();
      ObjectNode json = header.json().deepCopy();
      json.withObject("/keyslots/%d/area".formatted(number))
          .put("offset", Long.toString(offsetBytes));
      // Refuses a place that is taken.
      MetadataReader.read(json, binary.sizeBytes(), LuksException.NoRoom::new);
      byte[] jsonArea = HeaderWriter.jsonArea(json, binary.jsonAreaBytes());
      copy(storage, area, offsetBytes);
      HeaderWriter.writeBoth(storage, binary, binary.seqid() + 1, jsonArea);
      KeyslotArea.destroy(storage, area);
    }
  }

  /** Under a lock: the header, whose copies must both be good. */
  static HeaderCopy header(LuksStorage storage) throws IOException, LuksException {
    HeaderCopies copies = HeaderCopies.read(storage);
    HeaderCopy header = copies.current(storage);
    if (copies.bad().isPresent()) {
      throw new LuksException.HeaderChanged();
    }
    return header;
  }

  private static void requireApart(Keyslot.Area area, long offsetBytes) {
    if (offsetBytes < area.endBytes() && area.offsetBytes() < offsetBytes + area.sizeBytes()) {
      throw new IllegalArgumentException(
          "area at %d: cannot be moved onto itself at %d"
              .formatted(area.offsetBytes(), offsetBytes));
    }
  }

  private static void copy(LuksStorage storage, Keyslot.Area area, long offsetBytes)
      throws IOException {
    byte[] content = new byte[Math.toIntExact(area.sizeBytes())];
    storage.read(ByteBuffer.wrap(content), area.offsetBytes());
    storage.write(ByteBuffer.wrap(content), offsetBytes);
    storage.sync();
  }
}
