package org.secretfs.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A device that stays open when this is closed, for several forms of one backing device; or that is
 * closed with all that belongs to it.
 */
public final class BorrowedBlockDevice implements BlockDevice {
  private final BlockDevice lent;
  private final Closeable instead;

  /** Closing it does nothing: the device is its owner's. */
  public BorrowedBlockDevice(BlockDevice lent) {
    this(lent, () -> {});
  }

  /** Closing it closes {@code instead}, which closes the device. */
  public BorrowedBlockDevice(BlockDevice lent, Closeable instead) {
    this.lent = lent;
    this.instead = instead;
  }

  @Override
  public long sizeBytes() {
    return lent.sizeBytes();
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    lent.read(target, offsetBytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    lent.write(source, offsetBytes);
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    lent.writeDurably(source, offsetBytes);
  }

  @Override
  public void flush() throws IOException {
    lent.flush();
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    lent.trim(offsetBytes, lengthBytes);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    lent.writeZeroes(offsetBytes, lengthBytes);
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    lent.zeroOrPunch(offsetBytes, lengthBytes);
  }

  @Override
  public boolean zeroesFast() {
    return lent.zeroesFast();
  }

  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    lent.extents(offsetBytes, lengthBytes, listener);
  }

  @Override
  public void close() throws IOException {
    instead.close();
  }
}
