package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;

/** A part of a device that is not encrypted. Closing it leaves the device open. */
final class PlainBlockDevice implements BlockDevice {
  private final BlockDevice backing;
  private final long offsetBytes;
  private final long sizeBytes;

  PlainBlockDevice(BlockDevice backing, long offsetBytes, long sizeBytes) {
    this.backing = backing;
    this.offsetBytes = offsetBytes;
    this.sizeBytes = sizeBytes;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offset) throws IOException {
    Ranges.check(this, offset, target.remaining());
    backing.read(target, offsetBytes + offset);
  }

  @Override
  public void write(ByteBuffer source, long offset) throws IOException {
    Ranges.check(this, offset, source.remaining());
    backing.write(source, offsetBytes + offset);
  }

  @Override
  public void flush() throws IOException {
    backing.flush();
  }

  @Override
  public void trim(long offset, long lengthBytes) {
    Ranges.check(this, offset, lengthBytes);
  }

  @Override
  public void writeZeroes(long offset, long lengthBytes) throws IOException {
    Ranges.writeZeroBuffers(this, offset, lengthBytes);
  }

  @Override
  public void close() {
    // The device is the caller's.
  }
}
