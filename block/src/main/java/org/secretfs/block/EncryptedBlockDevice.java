package org.secretfs.block;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.StampedLock;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.luks.CryptSegment;
import org.secretfs.luks.LuksException;

/**
 * The plaintext of a crypt segment over a backing device: encrypts what is written and decrypts
 * what is read, in the caller's buffer. Give it direct buffers: they reach the system calls and
 * ciphers without a copy.
 *
 * <p>Requests may begin and end anywhere. Whole sectors go in pieces of 256 KiB, which stay in the
 * processor's cache between system call and cipher. A sector that a request covers in part is read,
 * changed and written while no other request works near it; requests for whole sectors share. So
 * one that changes part of a sector never undoes another's bytes, nor shows them torn.
 *
 * <p>Zeroes are encrypted like any other data: a hole on the backing device would tell which
 * sectors are empty, and read as noise; {@link ZeroPolicy#PUNCH} accepts that. Closing it closes
 * the cipher and the backing device.
 */
public final class EncryptedBlockDevice implements BlockDevice {
  private static final int TWEAK_UNIT_BYTES = 512;
  private static final int PIECE_BYTES = 256 << 10;
  private static final int BUFFERS_KEPT = 16;

  private final BlockDevice backing;
  private final CryptSegment segment;
  private final SectorCipher cipher;
  private final TrimPolicy trimPolicy;
  private final boolean punches;
  private final BufferPool pool = new BufferPool(PIECE_BYTES, BUFFERS_KEPT);
  private final RegionLocks locks = new RegionLocks();
  private final int sectorSize;
  private final long segmentOffsetBytes;
  private volatile long lastSizeBytes;

  /** What becomes of a trim. */
  public enum TrimPolicy {
    /** Nothing: the backing device does not learn which sectors are in use. */
    IGNORE,
    /**
     * It is passed on. Whoever sees the backing device then sees which sectors are in use, and from
     * their pattern often the kind of file system and how full it is.
     */
    PASS_THROUGH
  }

  /** How zeroes are stored that need not stay allocated. */
  public enum ZeroPolicy {
    /** As other data is: encrypted. */
    ENCRYPT,
    /**
     * As holes of the backing device, and a sector that is all zeroes there reads as zeroes.
     * Whoever sees the backing device sees which sectors are empty, and whoever writes it can empty
     * them; other implementations read noise there.
     */
    PUNCH
  }

  /** Opens the segment, with zeroes encrypted as other data is. */
  public EncryptedBlockDevice(
      BlockDevice backing, CryptSegment segment, SectorCipher cipher, TrimPolicy trimPolicy)
      throws IOException {
    this(backing, segment, cipher, trimPolicy, ZeroPolicy.ENCRYPT);
  }

  /**
   * Opens the segment.
   *
   * @param cipher keyed with the volume key; its sector size is the segment's
   * @throws IOException if the segment does not lie within the backing device
   */
  public EncryptedBlockDevice(
      BlockDevice backing,
      CryptSegment segment,
      SectorCipher cipher,
      TrimPolicy trimPolicy,
      ZeroPolicy zeroPolicy)
      throws IOException {
    if (cipher.sectorSize() != segment.sectorSize()) {
      throw new IllegalArgumentException(
          "the cipher's sector size is %d, the segment's %d"
              .formatted(cipher.sectorSize(), segment.sectorSize()));
    }
    this.backing = backing;
    this.segment = segment;
    this.cipher = cipher;
    this.trimPolicy = trimPolicy;
    this.punches = zeroPolicy == ZeroPolicy.PUNCH;
    this.sectorSize = segment.sectorSize();
    this.segmentOffsetBytes = segment.offsetBytes();
    this.lastSizeBytes = requireWithin(backing, segment);
  }

  /**
   * Opens the segment with its volume key, which stays the caller's. On failure no keyed cipher is
   * left, and the backing device is the caller's to close.
   *
   * @throws IOException if the segment does not lie within the backing device
   * @throws LuksException.UnsupportedFeature if the cipher is not known, or takes no such key
   */
  public static EncryptedBlockDevice open(
      BlockDevice backing,
      CryptSegment segment,
      SecretBuffer volumeKey,
      TrimPolicy trimPolicy,
      ZeroPolicy zeroPolicy)
      throws IOException, LuksException {
    CipherSpec spec = segment.cipherSpec();
    if (!spec.takesKeyOf(volumeKey.length())) {
      throw new LuksException.UnsupportedFeature(
          "cipher '%s' with a key of %d bytes is not served"
              .formatted(segment.cipher(), volumeKey.length()));
    }
    SectorCipher cipher = SectorCiphers.of(spec, volumeKey, segment.sectorSize());
    try {
      return new EncryptedBlockDevice(backing, segment, cipher, trimPolicy, zeroPolicy);
    } catch (IOException | RuntimeException e) {
      cipher.close();
      throw e;
    }
  }

  private static long requireWithin(BlockDevice backing, CryptSegment segment) throws IOException {
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

  /** The segment's size; one that is dynamic follows the backing device. */
  @Override
  public long sizeBytes() {
    if (segment.sizeBytes().isEmpty()) {
      long room = Math.max(0, backing.sizeBytes() - segmentOffsetBytes);
      lastSizeBytes = room - room % sectorSize;
    }
    return lastSizeBytes;
  }

  /** Asks for the size only if the request lies outside of what it was. */
  private void check(long offsetBytes, long lengthBytes) {
    if (!Ranges.within(lastSizeBytes, offsetBytes, lengthBytes)) {
      Ranges.check(this, offsetBytes, lengthBytes);
    }
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    check(offsetBytes, target.remaining());
    long position = offsetBytes;
    while (target.hasRemaining()) {
      position +=
          isPartial(position, target.remaining())
              ? readPart(target, position)
              : readSectors(target, position);
    }
  }

  /** Whether the sector at {@code position} is not covered whole. */
  private boolean isPartial(long position, int remaining) {
    return position % sectorSize != 0 || remaining < sectorSize;
  }

  private int readPart(ByteBuffer target, long position) throws IOException {
    int within = (int) (position % sectorSize);
    int length = Math.min(sectorSize - within, target.remaining());
    ByteBuffer sector = pool.take(sectorSize);
    try {
      readSectors(sector, position - within);
      target.put(target.position(), sector, within, length).position(target.position() + length);
    } finally {
      pool.give(sector);
    }
    return length;
  }

  private int readSectors(ByteBuffer target, long position) throws IOException {
    int length = pieceLength(target.remaining(), position);
    int limit = target.limit();
    target.limit(target.position() + length);
    MemorySegment sectors = MemorySegment.ofBuffer(target);
    StampedLock lock = locks.of(position);
    long stamp = lock.readLock();
    try {
      backing.read(target, segmentOffsetBytes + position);
    } finally {
      lock.unlockRead(stamp);
      target.limit(limit);
    }
    decrypt(sectors, position);
    return length;
  }

  private void decrypt(MemorySegment sectors, long position) {
    if (punches) {
      decryptBetweenHoles(sectors, position);
    } else {
      cipher.decrypt(sectors, tweak(position));
    }
  }

  /** That a sector is all zeroes once encrypted never happens by itself. */
  private void decryptBetweenHoles(MemorySegment sectors, long position) {
    long size = sectors.byteSize();
    long begin = 0;
    for (long at = 0; at <= size; at += sectorSize) {
      if (at == size || isHole(sectors, at)) {
        if (begin < at) {
          cipher.decrypt(sectors.asSlice(begin, at - begin), tweak(position + begin));
        }
        begin = at + sectorSize;
      }
    }
  }

  private boolean isHole(MemorySegment sectors, long at) {
    boolean zero = true;
    for (long i = at; zero && i < at + sectorSize; i += Long.BYTES) {
      zero = sectors.get(ValueLayout.JAVA_LONG_UNALIGNED, i) == 0;
    }
    return zero;
  }

  /** Whole sectors, no more than a piece, within one region. */
  private int pieceLength(int remaining, long position) {
    long regionLeft = RegionLocks.REGION_BYTES - position % RegionLocks.REGION_BYTES;
    int length = (int) Math.min(Math.min(remaining, PIECE_BYTES), regionLeft);
    return length - length % sectorSize;
  }

  private long tweak(long position) {
    return position / TWEAK_UNIT_BYTES + segment.ivTweak();
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    write(source, offsetBytes, false);
  }

  /** One piece is written durably by itself; of more, the backing device is flushed. */
  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    boolean onePiece =
        offsetBytes % sectorSize == 0
            && source.remaining() == pieceLength(source.remaining(), offsetBytes);
    write(source, offsetBytes, onePiece);
    if (!onePiece) {
      flush();
    }
  }

  private void write(ByteBuffer source, long offsetBytes, boolean durably) throws IOException {
    check(offsetBytes, source.remaining());
    long position = offsetBytes;
    while (source.hasRemaining()) {
      position +=
          isPartial(position, source.remaining())
              ? writePart(source, position)
              : writeSectors(source, position, durably);
    }
  }

  private int writePart(ByteBuffer source, long position) throws IOException {
    int within = (int) (position % sectorSize);
    int length = Math.min(sectorSize - within, source.remaining());
    long sectorPosition = position - within;
    ByteBuffer sector = pool.take(sectorSize);
    MemorySegment content = MemorySegment.ofBuffer(sector);
    StampedLock lock = locks.of(position);
    long stamp = lock.writeLock();
    try {
      backing.read(sector, segmentOffsetBytes + sectorPosition);
      decrypt(content, sectorPosition);
      sector.put(within, source, source.position(), length);
      cipher.encrypt(content, tweak(sectorPosition));
      backing.write(sector.flip(), segmentOffsetBytes + sectorPosition);
    } finally {
      lock.unlockWrite(stamp);
      pool.give(sector);
    }
    source.position(source.position() + length);
    return length;
  }

  private int writeSectors(ByteBuffer source, long position, boolean durably) throws IOException {
    int length = pieceLength(source.remaining(), position);
    if (!source.isReadOnly()) {
      int limit = source.limit();
      try {
        storeSectors(source.limit(source.position() + length), position, durably);
      } finally {
        source.limit(limit);
      }
      return length;
    }
    ByteBuffer sectors = pool.take(length);
    try {
      storeSectors(sectors.put(0, source, source.position(), length), position, durably);
    } finally {
      pool.give(sectors);
    }
    source.position(source.position() + length);
    return length;
  }

  /** Encrypts and writes what remains of a buffer. */
  private void storeSectors(ByteBuffer sectors, long position, boolean durably) throws IOException {
    cipher.encrypt(MemorySegment.ofBuffer(sectors), tweak(position));
    StampedLock lock = locks.of(position);
    long stamp = lock.readLock();
    try {
      if (durably) {
        backing.writeDurably(sectors, segmentOffsetBytes + position);
      } else {
        backing.write(sectors, segmentOffsetBytes + position);
      }
    } finally {
      lock.unlockRead(stamp);
    }
  }

  @Override
  public void flush() throws IOException {
    backing.flush();
  }

  /** Passes on the sectors that lie whole in the range, if the policy says so. */
  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    check(offsetBytes, lengthBytes);
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

  /** Punches whole sectors where the policy says so, and writes what is left at both ends. */
  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    check(offsetBytes, lengthBytes);
    long offsetEnd = offsetBytes + lengthBytes;
    long begin = Math.ceilDiv(offsetBytes, sectorSize) * sectorSize;
    long end = offsetEnd / sectorSize * sectorSize;
    if (!punches || begin >= end) {
      writeZeroes(offsetBytes, lengthBytes);
      return;
    }
    writeZeroes(offsetBytes, begin - offsetBytes);
    backing.zeroOrPunch(segmentOffsetBytes + begin, end - begin);
    writeZeroes(end, offsetEnd - end);
  }

  @Override
  public boolean zeroesFast() {
    return punches && backing.zeroesFast();
  }

  /** The backing device's; its holes read as zeroes only by the policy that makes them. */
  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    check(offsetBytes, lengthBytes);
    backing.extents(
        segmentOffsetBytes + offsetBytes,
        lengthBytes,
        (length, hole, _) -> listener.extent(length, hole, hole && punches));
  }

  @Override
  public void close() throws IOException {
    cipher.close();
    backing.close();
  }
}
