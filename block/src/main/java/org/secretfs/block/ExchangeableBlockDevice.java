package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * A device that another of the same size takes the place of while it is in use. Whoever uses it
 * notices nothing but a request that waits.
 */
public final class ExchangeableBlockDevice implements BlockDevice {
  private final ReadWriteLock lock = new ReentrantReadWriteLock();
  private final long sizeBytes;
  private BlockDevice current;

  /** Takes the device over. */
  public ExchangeableBlockDevice(BlockDevice first) {
    this.current = first;
    this.sizeBytes = first.sizeBytes();
  }

  /**
   * Waits until no request is under way, puts {@code next} in the place of the device, and closes
   * that.
   *
   * @param next at least as large; taken over
   * @throws IOException if closing the former failed; {@code next} is in its place
   */
  public void exchange(BlockDevice next) throws IOException {
    if (next.sizeBytes() < sizeBytes) {
      throw new IllegalArgumentException(
          "%d bytes in place of %d".formatted(next.sizeBytes(), sizeBytes));
    }
    BlockDevice former;
    lock.writeLock().lock();
    try {
      former = current;
      current = next;
    } finally {
      lock.writeLock().unlock();
    }
    former.close();
  }

  /** What is asked of the device that is there now. */
  private interface Request {
    void run(BlockDevice device) throws IOException;
  }

  private void ask(Request request) throws IOException {
    lock.readLock().lock();
    try {
      request.run(current);
    } finally {
      lock.readLock().unlock();
    }
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    ask(device -> device.read(target, offsetBytes));
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    ask(device -> device.write(source, offsetBytes));
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    ask(device -> device.writeDurably(source, offsetBytes));
  }

  @Override
  public void flush() throws IOException {
    ask(BlockDevice::flush);
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    ask(device -> device.trim(offsetBytes, lengthBytes));
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    ask(device -> device.writeZeroes(offsetBytes, lengthBytes));
  }

  @Override
  public void close() throws IOException {
    ask(BlockDevice::close);
  }
}
