package org.secretfs.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A header copy whose checksum fits, its JSON not yet read. Made and used within one call. */
@SuppressWarnings("ArrayRecordComponent") // never compared
record RawCopy(BinaryHeader binary, byte[] jsonArea, long offsetBytes) {
  /** Whether the device holds the magic of {@code copy} there. */
  static boolean hasMagic(LuksStorage storage, BinaryHeader.Copy copy, long offsetBytes)
      throws IOException {
    return storage.sizeBytes() >= offsetBytes + UnfinishedFormat.SECTOR_BYTES
        && copy.marks(bytes(storage, offsetBytes, UnfinishedFormat.SECTOR_BYTES));
  }

  /**
   * Reads the copy at {@code offsetBytes}.
   *
   * @throws LuksException.CorruptHeader if the binary header breaks a rule or the checksum does not
   *     fit
   */
  static RawCopy read(LuksStorage storage, BinaryHeader.Copy copy, long offsetBytes)
      throws IOException, LuksException {
    require(
        storage.sizeBytes() >= offsetBytes + BinaryHeader.SIZE_BYTES,
        offsetBytes,
        "the device ends before it");
    BinaryHeader binary =
        BinaryHeader.read(bytes(storage, offsetBytes, BinaryHeader.SIZE_BYTES), copy, offsetBytes);
    require(
        storage.sizeBytes() >= offsetBytes + binary.sizeBytes(),
        offsetBytes,
        "the device ends within it");
    byte[] area = bytes(storage, offsetBytes + BinaryHeader.SIZE_BYTES, binary.jsonAreaBytes());
    require(HeaderChecksum.matches(binary, area), offsetBytes, "the checksum does not match");
    return new RawCopy(binary, area, offsetBytes);
  }

  /**
   * Validates the JSON area.
   *
   * @throws LuksException.CorruptHeader if a rule is broken
   * @throws LuksException.UnsupportedFeature if it needs what this library does not do
   */
  HeaderCopy parse(long deviceBytes) throws LuksException {
    ObjectNode json = parseJson();
    Metadata metadata =
        MetadataReader.read(
            json, binary.sizeBytes(), rule -> new LuksException.CorruptHeader(offsetBytes, rule));
    long end = 2 * binary.sizeBytes() + metadata.keyslotsSizeBytes();
    require(
        end <= deviceBytes,
        offsetBytes,
        "the keyslots area ends at %d, the device at %d".formatted(end, deviceBytes));
    return new HeaderCopy(binary, json, metadata);
  }

  private ObjectNode parseJson() throws LuksException {
    int end = textLength();
    require(end < jsonArea.length, offsetBytes, "no zero byte ends the JSON text");
    for (int i = end; i < jsonArea.length; i++) {
      require(jsonArea[i] == 0, offsetBytes, "a byte that is not zero follows the JSON text");
    }
    require(
        end > 1 && jsonArea[0] == '{' && jsonArea[end - 1] == '}',
        offsetBytes,
        "the JSON text must begin with { and end with }");
    try {
      return HeaderJson.parse(jsonArea, end);
    } catch (HeaderJson.MalformedJsonException e) {
      throw new LuksException.CorruptHeader(offsetBytes, "bad JSON: " + e.getMessage());
    }
  }

  private int textLength() {
    int end = 0;
    while (end < jsonArea.length && jsonArea[end] != 0) {
      end++;
    }
    return end;
  }

  private static void require(boolean holds, long offsetBytes, String rule) throws LuksException {
    if (!holds) {
      throw new LuksException.CorruptHeader(offsetBytes, rule);
    }
  }

  private static byte[] bytes(LuksStorage storage, long offsetBytes, int lengthBytes)
      throws IOException {
    byte[] bytes = new byte[lengthBytes];
    storage.read(ByteBuffer.wrap(bytes), offsetBytes);
    return bytes;
  }
}
