package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Several devices as one: chunk after chunk goes to device after device, as in RAID 0. All of them
 * are needed to read it, and losing one loses the whole.
 *
 * <p>Open one by {@link StripeLayout#open}, which checks that the devices are the right ones in the
 * right order. A flush flushes all of them.
 */
public final class StripedBlockDevice implements BlockDevice {
  private final List<BlockDevice> devices;
  private final long headerBytes;
  private final int chunkBytes;
  private final long sizeBytes;

  /**
   * @param headerBytes what is left out at the beginning of each device
   * @param chunksPerDevice how many chunks each holds
   */
  StripedBlockDevice(
      List<BlockDevice> devices, long headerBytes, int chunkBytes, long chunksPerDevice) {
    this.devices = List.copyOf(devices);
    this.headerBytes = headerBytes;
    this.chunkBytes = chunkBytes;
    this.sizeBytes = Math.multiplyExact(chunksPerDevice * chunkBytes, (long) devices.size());
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  private BlockDevice deviceAt(long position) {
    return devices.get((int) (position / chunkBytes % devices.size()));
  }

  private long within(long position) {
    long chunk = position / chunkBytes / devices.size();
    return headerBytes + chunk * chunkBytes + position % chunkBytes;
  }

  private long pieceBytes(long position, long remaining) {
    return Math.min(remaining, chunkBytes - position % chunkBytes);
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    transfer(target, offsetBytes, BlockDevice::read);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    transfer(source, offsetBytes, BlockDevice::write);
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    transfer(source, offsetBytes, BlockDevice::writeDurably);
  }

  private void transfer(ByteBuffer buffer, long offsetBytes, Transfer transfer) throws IOException {
    Ranges.check(this, offsetBytes, buffer.remaining());
    int limit = buffer.limit();
    long end = offsetBytes + buffer.remaining();
    try {
      for (long at = offsetBytes; at < end; ) {
        int length = (int) pieceBytes(at, end - at);
        transfer.run(deviceAt(at), buffer.limit(buffer.position() + length), within(at));
        at += length;
      }
    } finally {
      buffer.limit(limit);
    }
  }

  /** Tries all devices, and fails if one does. */
  @Override
  public void flush() throws IOException {
    forAll(BlockDevice::flush);
  }

  private void forAll(Step step) throws IOException {
    IOException failure = null;
    for (BlockDevice device : devices) {
      try {
        step.run(device);
      } catch (IOException e) {
        if (failure == null) {
          failure = e;
        } else {
          failure.addSuppressed(e);
        }
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    forPieces(offsetBytes, lengthBytes, BlockDevice::trim);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    forPieces(offsetBytes, lengthBytes, BlockDevice::writeZeroes);
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    forPieces(offsetBytes, lengthBytes, BlockDevice::zeroOrPunch);
  }

  private void forPieces(long offsetBytes, long lengthBytes, RangeStep step) throws IOException {
    Ranges.check(this, offsetBytes, lengthBytes);
    long end = offsetBytes + lengthBytes;
    for (long at = offsetBytes; at < end; ) {
      long length = pieceBytes(at, end - at);
      step.run(deviceAt(at), within(at), length);
      at += length;
    }
  }

  @Override
  public boolean zeroesFast() {
    return devices.stream().allMatch(BlockDevice::zeroesFast);
  }

  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    Ranges.check(this, offsetBytes, lengthBytes);
    long end = offsetBytes + lengthBytes;
    WantedListener wanted = new WantedListener(listener);
    for (long at = offsetBytes; wanted.more && at < end; ) {
      long length = pieceBytes(at, end - at);
      deviceAt(at).extents(within(at), length, wanted);
      at += length;
    }
  }

  /** Remembers that the listener has heard enough. */
  private static final class WantedListener implements ExtentListener {
    private final ExtentListener listener;
    private boolean more = true;

    WantedListener(ExtentListener listener) {
      this.listener = listener;
    }

    @Override
    public boolean extent(long lengthBytes, boolean hole, boolean zero) throws IOException {
      more = listener.extent(lengthBytes, hole, zero);
      return more;
    }
  }

  @Override
  public void close() throws IOException {
    forAll(BlockDevice::close);
  }

  @FunctionalInterface
  private interface Transfer {
    void run(BlockDevice device, ByteBuffer buffer, long offsetBytes) throws IOException;
  }

  @FunctionalInterface
  private interface Step {
    void run(BlockDevice device) throws IOException;
  }

  @FunctionalInterface
  private interface RangeStep {
    void run(BlockDevice device, long offsetBytes, long lengthBytes) throws IOException;
  }
}
