package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * Another device with faults that can be switched on and off while it is in use: errors, delays,
 * torn writes, a full disk, and going away. For tests and trials; the faults are repeatable.
 */
public final class UnreliableBlockDevice implements BlockDevice {
  private final BlockDevice device;
  private final AtomicLong requests = new AtomicLong();
  private volatile long failEvery;
  private volatile long delayNanos;
  private volatile int tearAfterBytes = Integer.MAX_VALUE;
  private volatile long roomBytes = Long.MAX_VALUE;
  private volatile boolean gone;

  /** Without faults at first; closing it closes {@code device}. */
  public UnreliableBlockDevice(BlockDevice device) {
    this.device = device;
  }

  /** Every {@code count}-th request fails with an I/O error, having changed nothing; 0: none. */
  public void failEvery(long count) {
    this.failEvery = count;
  }

  /** Every request takes that much longer. */
  public void delay(Duration delay) {
    this.delayNanos = delay.toNanos();
  }

  /** Writes longer than that store so many bytes and fail; {@link Integer#MAX_VALUE}: none. */
  public void tearWritesAfter(int bytes) {
    this.tearAfterBytes = bytes;
  }

  /** Writes beyond that offset fail as on a full disk; {@link Long#MAX_VALUE}: none. */
  public void fullBeyond(long offsetBytes) {
    this.roomBytes = offsetBytes;
  }

  /** Every request fails from now on, or none more. */
  public void disappear(boolean gone) {
    this.gone = gone;
  }

  private void begin() throws IOException {
    long until = System.nanoTime() + delayNanos;
    for (long left = delayNanos; left > 0; left = until - System.nanoTime()) {
      LockSupport.parkNanos(left);
    }
    if (gone) {
      throw new IOException("the device is gone: No such device or address");
    }
    long every = failEvery;
    if (every > 0 && requests.incrementAndGet() % every == 0) {
      throw new IOException("the device was told to fail: Input/output error");
    }
  }

  private void requireRoom(long endBytes) throws IOException {
    if (endBytes > roomBytes) {
      throw new IOException("the device was told to be full: No space left on device");
    }
  }

  @Override
  public long sizeBytes() {
    return device.sizeBytes();
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    begin();
    device.read(target, offsetBytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    beginWrite(source, offsetBytes);
    device.write(source, offsetBytes);
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    beginWrite(source, offsetBytes);
    device.writeDurably(source, offsetBytes);
  }

  private void beginWrite(ByteBuffer source, long offsetBytes) throws IOException {
    begin();
    requireRoom(offsetBytes + source.remaining());
    int stored = tearAfterBytes;
    if (source.remaining() > stored) {
      device.write(source.slice(source.position(), stored), offsetBytes);
      throw new IOException("the device was told to tear writes: Input/output error");
    }
  }

  @Override
  public void flush() throws IOException {
    begin();
    device.flush();
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    begin();
    device.trim(offsetBytes, lengthBytes);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    begin();
    requireRoom(offsetBytes + lengthBytes);
    device.writeZeroes(offsetBytes, lengthBytes);
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    begin();
    requireRoom(offsetBytes + lengthBytes);
    device.zeroOrPunch(offsetBytes, lengthBytes);
  }

  @Override
  public boolean zeroesFast() {
    return device.zeroesFast();
  }

  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    begin();
    device.extents(offsetBytes, lengthBytes, listener);
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
