package org.secretfs.block;

import java.nio.ByteBuffer;

/** A device in memory, for tests and trials; its content is gone with it. At most 2 GiB - 1. */
public final class InMemoryBlockDevice implements BlockDevice {
  private final ByteBuffer bytes;

  /** Returns a device of zeroes. */
  public InMemoryBlockDevice(int sizeBytes) {
    this.bytes = ByteBuffer.allocate(sizeBytes);
  }

  @Override
  public long sizeBytes() {
    return bytes.capacity();
  }

  @Override
  public synchronized void read(ByteBuffer target, long offsetBytes) {
    Ranges.check(this, offsetBytes, target.remaining());
    target.put(bytes.slice((int) offsetBytes, target.remaining()));
  }

  @Override
  public synchronized void write(ByteBuffer source, long offsetBytes) {
    Ranges.check(this, offsetBytes, source.remaining());
    bytes.slice((int) offsetBytes, source.remaining()).put(source);
  }

  @Override
  public void flush() {
    // Memory has nothing more durable than itself.
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) {
    Ranges.check(this, offsetBytes, lengthBytes);
  }

  @Override
  public synchronized void writeZeroes(long offsetBytes, long lengthBytes) {
    Ranges.check(this, offsetBytes, lengthBytes);
    bytes.slice((int) offsetBytes, (int) lengthBytes).put(new byte[(int) lengthBytes]);
  }

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
