package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Turns a LUKS1 header into a LUKS2 header of 16 KiB per copy, so that a crash after any write
 * leaves a volume that every passphrase opens, as LUKS1 or as LUKS2, here and in cryptsetup.
 *
 * <p>Both copies of the new header need the first 32 KiB, where the area of keyslot 0 begins. Every
 * step ends with a barrier:
 *
 * <ol>
 *   <li>Areas in the first 32 KiB are vacated, still as LUKS1: the area is copied to that of a
 *       keyslot that is not in use, which is then enabled with the same salt; only then the old one
 *       is disabled. Where all eight are in use, it is copied behind them, and the header names the
 *       new place by the write of one sector.
 *   <li>The new JSON area and the whole secondary copy are written. The LUKS1 header rules still:
 *       readers go by the version in the first sector.
 *   <li>The first sector of the primary copy replaces that of LUKS1: from here on it is LUKS2,
 *       opened by the secondary copy, because
 *   <li>the rest of the primary's binary header is written last.
 * </ol>
 *
 * <p>All other areas stay where they are. There is no safe order where all eight keyslots are in
 * use and nothing is free behind them: that is refused.
 */
final class Luks1ToLuks2 {
  static final int HEADER_BYTES = HeaderOffsets.all()[0];
  private static final int AREAS_BEGIN_BYTES = 2 * HEADER_BYTES;
  private static final byte[] LUKSMETA = "LUKSMETA".getBytes(StandardCharsets.US_ASCII);

  private final LuksStorage storage;
  private final Metadata metadata;
  private Luks1Header header;

  /** Which entry of the LUKS1 header becomes the keyslot of a number. */
  private final Map<Integer, Integer> entries = new TreeMap<>();

  private Luks1ToLuks2(LuksStorage storage, Luks1Header header, Metadata metadata) {
    this.storage = storage;
    this.header = header;
    this.metadata = metadata;
    metadata.keyslots().keySet().forEach(number -> entries.put(number, number));
  }

  static void convert(LuksStorage storage) throws IOException, LuksException {
    try (LuksStorage.Lock _ = storage.lock(LuksStorage.LockMode.EXCLUSIVE)) {
      Luks1Header header = Luks1Header.read(storage);
      Metadata metadata = Luks1Rules.judge(header, storage.sizeBytes());
      new Luks1ToLuks2(storage, header, metadata).run();
    }
  }

  private void run() throws IOException, LuksException {
    requireConvertible();
    for (int number : metadata.keyslots().keySet()) {
      if (liesWithinHeaders(number)) {
        vacate(number);
      }
    }
    write(json());
  }

  private void requireConvertible() throws IOException, LuksException {
    CryptSegment segment = metadata.segment();
    if (!segment.cipherSpec().takesKeyOf((int) header.keyBytes())) {
      throw new LuksException.UnsupportedFeature(
          "%s does not take keys of %d bytes".formatted(segment.cipher(), header.keyBytes()));
    }
    for (Keyslot keyslot : metadata.keyslots().values()) {
      long offset = keyslot.area().offsetBytes();
      if (!fits(offset)) {
        throw new LuksException.UnsupportedFeature(
            "a keyslot area at %d: LUKS2 wants multiples of 4096 and room for %d bytes"
                .formatted(offset, areaBytes()));
      }
    }
    requireNoLuksmeta();
    if (keyslotsBytes() < areaBytes()) {
      throw new LuksException.NoRoom(
          "%d bytes before the data: two headers and a keyslot need %d"
              .formatted(limitBytes(), AREAS_BEGIN_BYTES + areaBytes()));
    }
  }

  /** The luksmeta program keeps data of its own behind the areas, which would be lost. */
  private void requireNoLuksmeta() throws IOException, LuksException {
    long at = Math.ceilDiv(metadata.keyslotsSizeBytes(), 4096) * 4096;
    if (at + LUKSMETA.length > storage.sizeBytes()) {
      return;
    }
    byte[] found = new byte[LUKSMETA.length];
    storage.read(ByteBuffer.wrap(found), at);
    if (Arrays.equals(found, LUKSMETA)) {
      throw new LuksException.UnsupportedFeature(
          "the header holds metadata of luksmeta, which LUKS2 has no place for");
    }
  }

  private long limitBytes() {
    long payload = header.payloadOffsetBytes();
    return payload == 0 ? storage.sizeBytes() : payload;
  }

  private long keyslotsBytes() {
    long room = (limitBytes() - AREAS_BEGIN_BYTES) / 4096 * 4096;
    return Math.min(room, MetadataReader.MAX_KEYSLOTS_SIZE_BYTES);
  }

  private long areaBytes() {
    return NewKeyslot.areaBytes((int) header.keyBytes());
  }

  /** Whether an area may begin there in LUKS2, where it takes whole units of 4096 bytes. */
  private boolean fits(long offsetBytes) {
    return offsetBytes % Luks1Layout.ALIGNMENT_BYTES == 0
        && offsetBytes + areaBytes() <= AREAS_BEGIN_BYTES + keyslotsBytes();
  }

  private boolean liesWithinHeaders(int number) {
    return header.keyslot(number).offsetBytes() < AREAS_BEGIN_BYTES;
  }

  private void vacate(int number) throws IOException, LuksException {
    for (int other = 0; other < Luks1Header.KEYSLOTS; other++) {
      if (isTwin(number, other)) {
        leave(number, other);
        return;
      }
    }
    for (int other = 0; other < Luks1Header.KEYSLOTS; other++) {
      if (!header.keyslot(other).isEnabled()
          && !liesWithinHeaders(other)
          && fits(header.keyslot(other).offsetBytes())) {
        copyTo(number, other);
        leave(number, other);
        return;
      }
    }
    moveBehind(number);
  }

  /** Whether {@code other} is the copy that a conversion cut short left. */
  private boolean isTwin(int number, int other) throws IOException {
    Luks1Keyslot mine = header.keyslot(number);
    Luks1Keyslot theirs = header.keyslot(other);
    return number != other
        && theirs.isEnabled()
        && !liesWithinHeaders(other)
        && theirs.iterations() == mine.iterations()
        && Arrays.equals(theirs.salt(), mine.salt())
        && Arrays.equals(content(theirs.offsetBytes()), content(mine.offsetBytes()));
  }

  private byte[] content(long offsetBytes) throws IOException {
    return Luks1Areas.content(storage, header, offsetBytes);
  }

  private void copyTo(int number, int other) throws IOException {
    Luks1Keyslot entry = header.keyslot(number).at(header.keyslot(other).offsetBytes());
    Luks1Areas.copy(storage, header, header.keyslot(number).offsetBytes(), entry.offsetBytes());
    header = header.with(other, entry);
    header.writeSector(storage, 1);
    header.writeSector(storage, 0);
  }

  private void leave(int number, int other) throws IOException {
    long offset = header.keyslot(number).offsetBytes();
    header = header.with(number, Luks1Keyslot.disabled(offset));
    header.writeSector(storage, 0);
    header.writeSector(storage, 1);
    KeyslotArea.destroy(storage, Luks1Rules.area(header, offset));
    entries.remove(other);
    entries.put(number, other);
  }

  /** All eight are in use: the place behind them, if there is one. */
  private void moveBehind(int number) throws IOException, LuksException {
    long offset = Math.ceilDiv(metadata.keyslotsSizeBytes(), 4096) * 4096;
    if (!fits(offset)) {
      throw new LuksException.NoRoom(
          "no keyslot of %d is free and nothing behind them: remove one keyslot first"
              .formatted(Luks1Header.KEYSLOTS));
    }
    header = Luks1Areas.move(storage, header, number, offset);
  }

  private ObjectNode json() throws LuksException {
    ObjectNode json = HeaderJson.newObject();
    ObjectNode keyslots = json.putObject("keyslots");
    for (Map.Entry<Integer, Integer> entry : entries.entrySet()) {
      Luks1Keyslot stored = header.keyslot(entry.getValue());
      Keyslot keyslot = Luks1Rules.keyslot(header, stored, metadata.segmentDigest().hash());
      keyslots.set(entry.getKey().toString(), NewKeyslot.json(keyslot.inAreaOf(areaBytes())));
    }
    json.putObject("tokens");
    json.putObject("segments").set("0", NewKeyslot.segmentJson(metadata.segment()));
    json.putObject("digests").set("0", NewKeyslot.json(metadata.segmentDigest(), entries.keySet()));
    json.putObject("config")
        .put("json_size", Integer.toString(HEADER_BYTES - BinaryHeader.SIZE_BYTES))
        .put("keyslots_size", Long.toString(keyslotsBytes()));
    MetadataReader.read(json, HEADER_BYTES, LuksException.NoRoom::new);
    return json;
  }

  private void write(ObjectNode json) throws IOException, LuksException {
    BinaryHeader binary =
        BinaryHeader.create(HEADER_BYTES, Luks1Rules.uuid(header), "", "", HeaderWriter.newSalt());
    byte[] area = HeaderWriter.jsonArea(json, binary.jsonAreaBytes());
    storage.write(ByteBuffer.wrap(area), BinaryHeader.SIZE_BYTES);
    HeaderWriter.writeNewCopy(storage, BinaryHeader.Copy.SECONDARY, binary, area);
    byte[] primary = binary.withChecksum(area).toBytes();
    int sector = Luks1Header.SECTOR_BYTES;
    storage.write(ByteBuffer.wrap(primary, 0, sector), 0);
    storage.sync();
    storage.write(ByteBuffer.wrap(primary, sector, primary.length - sector), sector);
    storage.sync();
  }
}
