package org.secretfs.proxy;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.block.BlockDevice;

/** A view of a device whose owner closes it later. */
record Unclosed(BlockDevice device) implements BlockDevice {
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
  public void flush() throws IOException {
    device.flush();
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    device.trim(offsetBytes, lengthBytes);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    device.writeZeroes(offsetBytes, lengthBytes);
  }

  @Override
  public void close() {
    // The owner does.
  }
}
