package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.Lock;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.luks.CryptSegment;

/**
 * The plaintext of a crypt segment over a backing device: encrypts what is written and decrypts
 * what is read.
 *
 * <p>Requests may begin and end anywhere; sectors that one covers in part are read, changed and
 * written under a lock of their own, so that requests to different parts of a sector do not undo
 * each other. Whole sectors of a buffer with an array are encrypted and decrypted in it, others in
 * pooled arrays. Closing it closes the cipher and the backing device.
 */
public final class EncryptedBlockDevice implements BlockDevice {
  private static final int TWEAK_UNIT_BYTES = 512;

  private final BlockDevice backing;
  private final SectorCipher cipher;
  private final TrimPolicy trimPolicy;
  private final BufferPool pool = new BufferPool();
  private final StripedLocks locks = new StripedLocks();
  private final int sectorSize;
  private final long segmentOffsetBytes;
  private final long ivTweak;
  private final long sizeBytes;

  /** What becomes of a trim. */
  public enum TrimPolicy {
    /** Nothing: the backing device does not learn which sectors are in use. */
    IGNORE,
    /** It is passed on, which shows which sectors are in use. */
    PASS_THROUGH
  }

  /**
   * Opens the segment.
   *
   * @param cipher keyed with the volume key; its sector size is the segment's
   * @throws IOException if the segment does not lie within the backing device
   */
  public EncryptedBlockDevice(
      BlockDevice backing, CryptSegment segment, SectorCipher cipher, TrimPolicy trimPolicy)
      throws IOException {
    if (cipher.sectorSize() != segment.sectorSize()) {
      throw new IllegalArgumentException(
          "the cipher's sector size is %d, the segment's %d"
              .formatted(cipher.sectorSize(), segment.sectorSize()));
    }
    this.backing = backing;
    this.cipher = cipher;
    this.trimPolicy = trimPolicy;
    this.sectorSize = segment.sectorSize();
    this.segmentOffsetBytes = segment.offsetBytes();
    this.ivTweak = segment.ivTweak();
    this.sizeBytes = sizeOf(backing, segment);
  }

  private static long sizeOf(BlockDevice backing, CryptSegment segment) throws IOException {
    long room = backing.sizeBytes() - segment.offsetBytes();
    long size = segment.sizeBytes().orElse(room - Math.floorMod(room, segment.sectorSize()));
    if (size < 0 || size > room) {
      throw new IOException(
          "the segment of %s bytes at %d does not lie within the device of %d bytes"
              .formatted(
                  segment.sizeBytes().isPresent() ? size : "dynamic",
                  segment.offsetBytes(),
                  backing.sizeBytes()));
    }
    return size;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    Ranges.check(this, offsetBytes, target.remaining());
    long position = offsetBytes;
    while (target.hasRemaining()) {
      int done =
          isPartial(position, target.remaining())
              ? readPart(target, position)
              : readSectors(target, position);
      position += done;
    }
  }

  /** Whether the sector at {@code position} is not covered whole. */
  private boolean isPartial(long position, int remaining) {
    return position % sectorSize != 0 || remaining < sectorSize;
  }

  private int readPart(ByteBuffer target, long position) throws IOException {
    int within = (int) (position % sectorSize);
    int length = Math.min(sectorSize - within, target.remaining());
    BufferPool.Chunk chunk = pool.take();
    try {
      loadSector(chunk, position - within);
      target.put(chunk.bytes(), within, length);
    } finally {
      pool.give(chunk);
    }
    return length;
  }

  private void loadSector(BufferPool.Chunk chunk, long sectorOffset) throws IOException {
    backing.read(chunk.view(sectorSize), segmentOffsetBytes + sectorOffset);
    cipher.decrypt(chunk.bytes(), 0, sectorSize, tweak(sectorOffset));
  }

  private int readSectors(ByteBuffer target, long position) throws IOException {
    if (target.hasArray()) {
      return readInto(target, position);
    }
    BufferPool.Chunk chunk = pool.take();
    try {
      int length = wholeSectors(Math.min(target.remaining(), BufferPool.BUFFER_BYTES));
      backing.read(chunk.view(length), segmentOffsetBytes + position);
      cipher.decrypt(chunk.bytes(), 0, length, tweak(position));
      target.put(chunk.bytes(), 0, length);
      return length;
    } finally {
      pool.give(chunk);
    }
  }

  private int readInto(ByteBuffer target, long position) throws IOException {
    int length = wholeSectors(Math.min(target.remaining(), BufferPool.BUFFER_BYTES));
    int begin = target.position();
    int limit = target.limit();
    try {
      backing.read(target.limit(begin + length), segmentOffsetBytes + position);
    } finally {
      target.limit(limit);
    }
    cipher.decrypt(target.array(), target.arrayOffset() + begin, length, tweak(position));
    return length;
  }

  private int wholeSectors(int lengthBytes) {
    return lengthBytes - lengthBytes % sectorSize;
  }

  private long tweak(long segmentPosition) {
    return segmentPosition / TWEAK_UNIT_BYTES + ivTweak;
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    Ranges.check(this, offsetBytes, source.remaining());
    long position = offsetBytes;
    while (source.hasRemaining()) {
      int done =
          isPartial(position, source.remaining())
              ? writePart(source, position)
              : writeSectors(source, position);
      position += done;
    }
  }

  private int writePart(ByteBuffer source, long position) throws IOException {
    int within = (int) (position % sectorSize);
    int length = Math.min(sectorSize - within, source.remaining());
    long sectorOffset = position - within;
    BufferPool.Chunk chunk = pool.take();
    Lock lock = locks.of(sectorOffset / sectorSize);
    lock.lock();
    try {
      loadSector(chunk, sectorOffset);
      source.get(chunk.bytes(), within, length);
      storeSectors(chunk, sectorSize, sectorOffset);
    } finally {
      lock.unlock();
      pool.give(chunk);
    }
    return length;
  }

  private void storeSectors(BufferPool.Chunk chunk, int length, long position) throws IOException {
    cipher.encrypt(chunk.bytes(), 0, length, tweak(position));
    backing.write(chunk.view(length), segmentOffsetBytes + position);
  }

  private int writeSectors(ByteBuffer source, long position) throws IOException {
    if (source.hasArray()) {
      return writeFrom(source, position);
    }
    BufferPool.Chunk chunk = pool.take();
    try {
      int length = wholeSectors(Math.min(source.remaining(), BufferPool.BUFFER_BYTES));
      source.get(chunk.bytes(), 0, length);
      storeSectors(chunk, length, position);
      return length;
    } finally {
      pool.give(chunk);
    }
  }

  private int writeFrom(ByteBuffer source, long position) throws IOException {
    int length = wholeSectors(Math.min(source.remaining(), BufferPool.BUFFER_BYTES));
    int begin = source.position();
    int limit = source.limit();
    cipher.encrypt(source.array(), source.arrayOffset() + begin, length, tweak(position));
    try {
      backing.write(source.limit(begin + length), segmentOffsetBytes + position);
    } finally {
      source.limit(limit);
    }
    return length;
  }

  @Override
  public void flush() throws IOException {
    backing.flush();
  }

  /** Passes on the sectors that lie whole in the range, if the policy says so. */
  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    Ranges.check(this, offsetBytes, lengthBytes);
    long begin = Math.ceilDiv(offsetBytes, sectorSize) * sectorSize;
    long end = (offsetBytes + lengthBytes) / sectorSize * sectorSize;
    if (trimPolicy == TrimPolicy.PASS_THROUGH && begin < end) {
      backing.trim(segmentOffsetBytes + begin, end - begin);
    }
  }

  /** Writes encrypted zeroes: zeroes on the backing device would read as noise. */
  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    Ranges.writeZeroBuffers(this, offsetBytes, lengthBytes);
  }

  @Override
  public void close() throws IOException {
    cipher.close();
    backing.close();
  }
}
