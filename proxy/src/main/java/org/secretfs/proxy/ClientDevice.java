package org.secretfs.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.server.ClientPresence;

/**
 * An export's volume as one connection sees it. Closing it does nothing: its {@link ManagedExport}
 * takes the volume away.
 */
final class ClientDevice implements BlockDevice {
  private final GatedVolume gated;
  private final ClientPresence client;

  ClientDevice(GatedVolume gated, ClientPresence client) {
    this.gated = gated;
    this.client = client;
  }

  @Override
  public long sizeBytes() {
    return gated.sizeBytes();
  }

  /** What is done with a buffer; captures nothing, so that no request allocates. */
  private interface Transfer {
    void run(BlockDevice device, ByteBuffer buffer, long offsetBytes) throws IOException;
  }

  /** What is done with a range; likewise. */
  private interface Change {
    void run(BlockDevice device, long offsetBytes, long lengthBytes) throws IOException;
  }

  private void transfer(ByteBuffer buffer, long offsetBytes, Transfer transfer) throws IOException {
    BlockDevice device = gated.enter(buffer.remaining(), client);
    try {
      transfer.run(device, buffer, offsetBytes);
    } finally {
      gated.leave();
    }
  }

  /**
   * @param countedBytes what the rate limit counts
   */
  private void change(long offsetBytes, long lengthBytes, long countedBytes, Change change)
      throws IOException {
    gated.requireWritable();
    BlockDevice device = gated.enter(countedBytes, client);
    try {
      change.run(device, offsetBytes, lengthBytes);
    } finally {
      gated.leave();
    }
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    transfer(target, offsetBytes, BlockDevice::read);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    gated.requireWritable();
    transfer(source, offsetBytes, BlockDevice::write);
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    gated.requireWritable();
    BlockDevice device = gated.enter(source.remaining(), client);
    try {
      gated.refuseAfterLoss();
      device.writeDurably(source, offsetBytes);
    } finally {
      gated.leave();
    }
  }

  @Override
  public void flush() throws IOException {
    BlockDevice device = gated.enter(0, client);
    try {
      gated.refuseAfterLoss();
      device.flush();
    } catch (IOException e) {
      gated.noteLoss(e);
      throw e;
    } finally {
      gated.leave();
    }
    // One that failed at the same time may have been told of this one's writes.
    gated.refuseAfterLoss();
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    change(offsetBytes, lengthBytes, 0, BlockDevice::trim);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    change(offsetBytes, lengthBytes, lengthBytes, BlockDevice::writeZeroes);
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    change(offsetBytes, lengthBytes, lengthBytes, BlockDevice::zeroOrPunch);
  }

  @Override
  public boolean zeroesFast() {
    return gated.zeroesFast();
  }

  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    BlockDevice device = gated.enter(0, client);
    try {
      device.extents(offsetBytes, lengthBytes, listener);
    } finally {
      gated.leave();
    }
  }

  @Override
  public void close() {
    // The export takes the volume away; a client that goes changes nothing.
  }
}
