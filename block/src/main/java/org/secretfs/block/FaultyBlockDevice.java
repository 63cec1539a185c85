package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.luks.testing.FaultyMedium;

/**
 * A device in memory that fails on demand, for tests: its power can be cut, and its operations can
 * be made to fail.
 *
 * <p>Writes become durable at a flush; what {@link #cutPower} leaves is {@link FaultyMedium}'s
 * model.
 */
public final class FaultyBlockDevice implements BlockDevice {
  private final FaultyMedium medium;

  /** Returns a device that holds a copy of {@code content}, a multiple of 512 bytes. */
  public FaultyBlockDevice(byte[] content) {
    this.medium = new FaultyMedium(content);
  }

  /** After that many more writes and flushes, each further one fails; reads go on. */
  public FaultyBlockDevice failAfter(long operations) {
    medium.failAfter(operations);
    return this;
  }

  /** How many writes and flushes there were. */
  public long operations() {
    return medium.operations();
  }

  /** A copy of what a reader sees. */
  public byte[] content() {
    return medium.content();
  }

  /** Returns a device with what is left when power returns; the same for the same seed. */
  public FaultyBlockDevice cutPower(long seed) {
    return new FaultyBlockDevice(medium.cutPower(seed));
  }

  @Override
  public long sizeBytes() {
    return medium.sizeBytes();
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) {
    Ranges.check(this, offsetBytes, target.remaining());
    medium.read(target, offsetBytes);
  }

  /** The write that fails may reach the device in part. */
  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    Ranges.check(this, offsetBytes, source.remaining());
    medium.write(source, offsetBytes);
  }

  @Override
  public void flush() throws IOException {
    medium.barrier();
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
