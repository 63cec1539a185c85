package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.secretfs.luks.testing.FaultyMedium;

/** A header on a {@link FaultyMedium}. */
final class FaultyLuksStorage implements LuksStorage {
  private final FaultyMedium medium;
  private final int sizeBytes;
  private int locks;

  /** Holds a copy of {@code content}, of any length. */
  FaultyLuksStorage(byte[] content) {
    int sector = FaultyMedium.SECTOR_BYTES;
    this.sizeBytes = content.length;
    this.medium =
        new FaultyMedium(Arrays.copyOf(content, Math.ceilDiv(content.length, sector) * sector));
  }

  static FaultyLuksStorage ofSize(int sizeBytes) {
    return new FaultyLuksStorage(new byte[sizeBytes]);
  }

  /** After that many more writes and barriers, each further one fails. */
  FaultyLuksStorage failAfter(long operations) {
    medium.failAfter(operations);
    return this;
  }

  /** The writes and barriers so far. */
  long operations() {
    return medium.operations();
  }

  /** Whether somebody holds a lock that was not given back. */
  boolean isLocked() {
    return locks != 0;
  }

  /** What a reader sees now. */
  byte[] content() {
    return Arrays.copyOf(medium.content(), sizeBytes);
  }

  /** What is left when power returns. */
  FaultyLuksStorage cutPower(long seed) {
    return new FaultyLuksStorage(Arrays.copyOf(medium.cutPower(seed), sizeBytes));
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) {
    medium.read(target, offsetBytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    medium.write(source, offsetBytes);
  }

  @Override
  public void sync() throws IOException {
    medium.barrier();
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
