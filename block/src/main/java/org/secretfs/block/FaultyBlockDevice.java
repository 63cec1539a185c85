package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A device in memory that fails on demand, for tests: its power can be cut, and its operations can
 * be made to fail.
 *
 * <p>Writes become durable at a flush. Of what was written after the last flush, {@link #cutPower}
 * loses any sectors of 512 bytes, each as a whole.
 */
public final class FaultyBlockDevice implements BlockDevice {
  private static final int SECTOR_BYTES = 512;

  private final byte[] durable;
  private final byte[] seen;
  private final List<Sector> pending = new ArrayList<>();
  private long operationsLeft = Long.MAX_VALUE;
  private long operations;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Sector(int offset, byte[] content) {}

  /** Returns a device that holds a copy of {@code content}, a multiple of 512 bytes. */
  public FaultyBlockDevice(byte[] content) {
    if (content.length % SECTOR_BYTES != 0) {
      throw new IllegalArgumentException(
          "%d bytes: must be a multiple of %d".formatted(content.length, SECTOR_BYTES));
    }
    this.durable = content.clone();
    this.seen = content.clone();
  }

  /** After that many more writes and flushes, each further one fails; reads go on. */
  public synchronized FaultyBlockDevice failAfter(long operations) {
    this.operationsLeft = operations;
    return this;
  }

  /** How many writes and flushes there were. */
  public synchronized long operations() {
    return operations;
  }

  /** A copy of what a reader sees. */
  public synchronized byte[] content() {
    return seen.clone();
  }

  /** Returns a device with what is left when power returns; the same for the same seed. */
  public synchronized FaultyBlockDevice cutPower(long seed) {
    SplittableRandom lottery = new SplittableRandom(seed);
    byte[] left = durable.clone();
    for (Sector sector : pending) {
      if (lottery.nextBoolean()) {
        System.arraycopy(sector.content(), 0, left, sector.offset(), SECTOR_BYTES);
      }
    }
    return new FaultyBlockDevice(left);
  }

  private void step() throws IOException {
    if (operationsLeft-- <= 0) {
      throw new IOException("the device was told to fail");
    }
    operations++;
  }

  @Override
  public long sizeBytes() {
    return seen.length;
  }

  @Override
  public synchronized void read(ByteBuffer target, long offsetBytes) {
    Ranges.check(this, offsetBytes, target.remaining());
    target.put(seen, (int) offsetBytes, target.remaining());
  }

  /** The write that fails may reach the device in part. */
  @Override
  public synchronized void write(ByteBuffer source, long offsetBytes) throws IOException {
    Ranges.check(this, offsetBytes, source.remaining());
    int begin = (int) offsetBytes;
    int end = begin + source.remaining();
    source.get(seen, begin, source.remaining());
    for (int at = begin - begin % SECTOR_BYTES; at < end; at += SECTOR_BYTES) {
      pending.add(new Sector(at, Arrays.copyOfRange(seen, at, at + SECTOR_BYTES)));
    }
    step();
  }

  @Override
  public synchronized void flush() throws IOException {
    step();
    System.arraycopy(seen, 0, durable, 0, seen.length);
    pending.clear();
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) {
    Ranges.check(this, offsetBytes, lengthBytes);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    Ranges.writeZeroBuffers(this, offsetBytes, lengthBytes);
  }

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
