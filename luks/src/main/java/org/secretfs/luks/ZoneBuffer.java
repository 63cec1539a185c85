package org.secretfs.luks;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.luks.ReencryptPlan.Zone;

/** The bytes of a zone, in arrays of 1 MiB that the next zone uses again. */
final class ZoneBuffer {
  static final int CHUNK_BYTES = 1 << 20;

  private final List<byte[]> chunks = new ArrayList<>();
  private long lengthBytes;
  private byte[] checksums = {};
  private int checksumBytes;

  /** Makes room for a zone; what was in it is unspecified. */
  void prepare(Zone zone, int checksumBytesPerZone) {
    lengthBytes = zone.lengthBytes();
    while ((long) chunks.size() * CHUNK_BYTES < lengthBytes) {
      chunks.add(new byte[(int) Math.min(CHUNK_BYTES, lengthBytes)]);
    }
    for (int i = 0; i < chunkCount(); i++) {
      if (chunks.get(i).length < chunkLength(i)) {
        chunks.set(i, new byte[CHUNK_BYTES]);
      }
    }
    checksumBytes = checksumBytesPerZone;
    if (checksums.length < checksumBytes) {
      checksums = new byte[checksumBytes];
    }
  }

  int chunkCount() {
    return Math.toIntExact(Math.ceilDiv(lengthBytes, (long) CHUNK_BYTES));
  }

  byte[] chunk(int index) {
    return chunks.get(index);
  }

  int chunkLength(int index) {
    return (int) Math.min(CHUNK_BYTES, lengthBytes - (long) index * CHUNK_BYTES);
  }

  /** A chunk's bytes as a buffer. */
  ByteBuffer view(int index) {
    return ByteBuffer.wrap(chunks.get(index), 0, chunkLength(index));
  }

  byte[] checksums() {
    return checksums;
  }

  ByteBuffer checksumView() {
    return ByteBuffer.wrap(checksums, 0, checksumBytes);
  }
}
