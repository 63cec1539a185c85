package org.secretfs.luks;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.secretfs.luks.ReencryptPlan.Zone;

/** The bytes of a zone, in native buffers of 1 MiB that the next zone uses again. */
final class ZoneBuffer {
  static final int CHUNK_BYTES = 1 << 20;

  private final List<ByteBuffer> chunks = new ArrayList<>();
  private long lengthBytes;
  private byte[] checksums = {};
  private int checksumBytes;

  /** Makes room for a zone; what was in it is unspecified. */
  void prepare(Zone zone, int checksumBytesPerZone) {
    lengthBytes = zone.lengthBytes();
    for (int i = 0; i < chunkCount(); i++) {
      if (i == chunks.size()) {
        chunks.add(ByteBuffer.allocateDirect(chunkLength(i)));
      } else if (chunks.get(i).capacity() < chunkLength(i)) {
        chunks.set(i, ByteBuffer.allocateDirect(CHUNK_BYTES));
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

  int chunkLength(int index) {
    return (int) Math.min(CHUNK_BYTES, lengthBytes - (long) index * CHUNK_BYTES);
  }

  /** A chunk's bytes, with a position of its own. */
  ByteBuffer view(int index) {
    return chunks.get(index).duplicate().clear().limit(chunkLength(index));
  }

  /** A chunk's bytes for ciphers. */
  MemorySegment segment(int index) {
    return MemorySegment.ofBuffer(view(index));
  }

  byte[] checksums() {
    return checksums;
  }

  ByteBuffer checksumView() {
    return ByteBuffer.wrap(checksums, 0, checksumBytes);
  }
}
