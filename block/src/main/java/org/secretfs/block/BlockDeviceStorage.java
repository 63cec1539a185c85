package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.luks.LuksStorage;

/** A LUKS header on any block device, of which no other program knows: locking it does nothing. */
public final class BlockDeviceStorage implements LuksStorage {
  private final BlockDevice device;

  private BlockDeviceStorage(BlockDevice device) {
    this.device = device;
  }

  /** A storage that closes the device when it is closed. */
  public static BlockDeviceStorage owning(BlockDevice device) {
    return new BlockDeviceStorage(device);
  }

  /** A storage on a device that its owner closes later. */
  public static BlockDeviceStorage borrowing(BlockDevice device) {
    return new BlockDeviceStorage(new BorrowedBlockDevice(device));
  }

  @Override
  public long sizeBytes() {
    return device.sizeBytes();
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    device.read(target, offsetBytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    device.write(source, offsetBytes);
  }

  @Override
  public void sync() throws IOException {
    device.flush();
  }

  @Override
  public Lock lock(LockMode mode) {
    return () -> {};
  }

  @Override
  public void close() throws IOException {
    device.close();
  }
}
