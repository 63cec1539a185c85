package org.secretfs.luks;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.secretfs.crypto.memory.KernelRandom;

/** Writes header copies so that a crash leaves each of them whole or plainly invalid. */
final class HeaderWriter {
  private HeaderWriter() {}

  /**
   * Returns the JSON area: the text and zeroes. Reads the text back first: what would not be read
   * as the same must never replace a header.
   *
   * @throws LuksException.NoRoom if the text and one zero byte do not fit
   */
  static byte[] jsonArea(JsonNode json, int areaBytes) throws LuksException {
    byte[] text = HeaderJson.write(json);
    if (text.length >= areaBytes) {
      throw new LuksException.NoRoom(
          "the header's JSON takes %d bytes: must be below %d".formatted(text.length, areaBytes));
    }
    requireReadable(json, text);
    return Arrays.copyOf(text, areaBytes);
  }

  private static void requireReadable(JsonNode json, byte[] text) throws LuksException {
    try {
      if (HeaderJson.parse(text, text.length).equals(json)) {
        return;
      }
    } catch (HeaderJson.MalformedJsonException e) {
      throw new LuksException.TokenInvalid("it cannot be stored: " + e.getMessage());
    }
    throw new LuksException.TokenInvalid("it would be read back as something else");
  }

  /**
   * Writes both copies, one after the other with a barrier between.
   *
   * @param header what to write; copy, salt and checksum are made anew
   */
  static void writeBoth(LuksStorage storage, BinaryHeader header, long seqid, byte[] jsonArea)
      throws IOException {
    writeCopy(storage, BinaryHeader.Copy.PRIMARY, header, seqid, jsonArea);
    writeCopy(storage, BinaryHeader.Copy.SECONDARY, header, seqid, jsonArea);
  }

  /**
   * Writes one copy: the binary header without a checksum, the JSON area, the binary header with
   * its checksum, then a barrier.
   */
  static void writeCopy(
      LuksStorage storage, BinaryHeader.Copy copy, BinaryHeader header, long seqid, byte[] jsonArea)
      throws IOException {
    BinaryHeader unsealed = header.as(copy, seqid, newSalt());
    long offset = offsetOf(copy, header);
    storage.write(ByteBuffer.wrap(unsealed.toBytes()), offset);
    storage.write(ByteBuffer.wrap(jsonArea), offset + BinaryHeader.SIZE_BYTES);
    storage.write(ByteBuffer.wrap(unsealed.withChecksum(jsonArea).toBytes()), offset);
    storage.sync();
  }

  /**
   * Writes one copy where nothing of it may be seen before it is whole: the JSON area, a barrier,
   * the binary header with its checksum, a barrier.
   */
  static void writeNewCopy(
      LuksStorage storage, BinaryHeader.Copy copy, BinaryHeader header, byte[] jsonArea)
      throws IOException {
    BinaryHeader sealed = header.as(copy, header.seqid(), newSalt()).withChecksum(jsonArea);
    long offset = offsetOf(copy, header);
    storage.write(ByteBuffer.wrap(jsonArea), offset + BinaryHeader.SIZE_BYTES);
    storage.sync();
    storage.write(ByteBuffer.wrap(sealed.toBytes()), offset);
    storage.sync();
  }

  private static long offsetOf(BinaryHeader.Copy copy, BinaryHeader header) {
    return copy == BinaryHeader.Copy.PRIMARY ? 0 : header.sizeBytes();
  }

  /** The two copies differ by it, so that a copy read from a wrong place is never taken for one. */
  static byte[] newSalt() {
    return KernelRandom.bytes(BinaryHeader.SALT_BYTES);
  }
}
