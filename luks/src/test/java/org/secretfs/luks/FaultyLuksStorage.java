package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A device in memory whose power can be cut: writes reach durable memory at a barrier, and of those
 * after the last barrier any sectors may be lost. Sectors of 512 bytes are written whole.
 */
final class FaultyLuksStorage implements LuksStorage {
  private static final int SECTOR_BYTES = 512;

  private final byte[] durable;
  private final byte[] seen;
  private final List<Sector> pendingSectors = new ArrayList<>();
  private long operationsLeft = Long.MAX_VALUE;
  private long operations;
  private int locks;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Sector(int offset, byte[] content) {}

  FaultyLuksStorage(byte[] content) {
    this.durable = content.clone();
    this.seen = content.clone();
  }

  static FaultyLuksStorage ofSize(int sizeBytes) {
    return new FaultyLuksStorage(new byte[sizeBytes]);
  }

  /** After that many more writes and barriers, each further one fails. */
  FaultyLuksStorage failAfter(long operations) {
    this.operationsLeft = operations;
    return this;
  }

  /** The writes and barriers so far. */
  long operations() {
    return operations;
  }

  /** Whether somebody holds a lock that was not given back. */
  boolean isLocked() {
    return locks != 0;
  }

  /** What a reader sees now. */
  byte[] content() {
    return seen.clone();
  }

  /** What is left when power returns: each sector not yet durable is the old or the new one. */
  FaultyLuksStorage cutPower(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    byte[] left = durable.clone();
    for (Sector sector : pendingSectors) {
      if (random.nextBoolean()) {
        System.arraycopy(sector.content(), 0, left, sector.offset(), SECTOR_BYTES);
      }
    }
    return new FaultyLuksStorage(left);
  }

  private void step() throws IOException {
    if (operationsLeft-- <= 0) {
      throw new IOException("power was cut");
    }
    operations++;
  }

  @Override
  public long sizeBytes() {
    return seen.length;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) {
    target.put(seen, Math.toIntExact(offsetBytes), target.remaining());
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    int offset = Math.toIntExact(offsetBytes);
    int length = source.remaining();
    // The write that fails may reach the device in part.
    source.get(seen, offset, length);
    for (int at = offset / SECTOR_BYTES * SECTOR_BYTES; at < offset + length; at += SECTOR_BYTES) {
      pendingSectors.add(new Sector(at, Arrays.copyOfRange(seen, at, at + SECTOR_BYTES)));
    }
    step();
  }

  @Override
  public void sync() throws IOException {
    step();
    System.arraycopy(seen, 0, durable, 0, seen.length);
    pendingSectors.clear();
  }

  @Override
  public Lock lock(LockMode mode) {
    locks++;
    return () -> locks--;
  }

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
