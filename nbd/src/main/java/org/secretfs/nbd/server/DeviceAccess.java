package org.secretfs.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.secretfs.block.BlockDevice;

/** The calls of an export's device; their failures are told apart from the connection's. */
final class DeviceAccess {
  /** Zeroes that are written one by one go in steps, between which the server can end. */
  private static final long STEP_BYTES = 64L << 20;

  private final BlockDevice device;

  DeviceAccess(BlockDevice device) {
    this.device = device;
  }

  /** The device failed, or misbehaved. */
  static final class Failure extends Exception {
    private static final long serialVersionUID = 1;

    private final IOException reason;

    Failure(Exception cause) {
      super(cause);
      this.reason = cause instanceof IOException io ? io : new IOException(cause);
    }

    IOException reason() {
      return reason;
    }
  }

  /** Whether to go on. */
  @FunctionalInterface
  interface Going {
    boolean on();
  }

  long sizeBytes() {
    return device.sizeBytes();
  }

  boolean zeroesFast() {
    return device.zeroesFast();
  }

  void read(ByteBuffer target, long offset) throws Failure {
    try {
      device.read(target, offset);
      if (target.hasRemaining()) {
        // What is left of the buffer is another request's.
        throw new IOException("the device gave less than was asked for");
      }
    } catch (IOException | RuntimeException e) {
      throw new Failure(e);
    }
  }

  void write(ByteBuffer source, long offset, boolean durably) throws Failure {
    try {
      if (durably) {
        device.writeDurably(source, offset);
      } else {
        device.write(source, offset);
      }
    } catch (IOException | RuntimeException e) {
      throw new Failure(e);
    }
  }

  void flush() throws Failure {
    try {
      device.flush();
    } catch (IOException | RuntimeException e) {
      throw new Failure(e);
    }
  }

  void trim(long offset, long length) throws Failure {
    try {
      device.trim(offset, length);
    } catch (IOException | RuntimeException e) {
      throw new Failure(e);
    }
  }

  /** Makes a range read as zeroes, by a hole if that is allowed and cheaper. */
  void zero(long offset, long length, boolean mayPunch, Going going) throws Failure {
    try {
      if (mayPunch && device.zeroesFast()) {
        device.zeroOrPunch(offset, length);
        return;
      }
      for (long done = 0; done < length; done += STEP_BYTES) {
        if (!going.on()) {
          throw new IOException("interrupted: the server is ending");
        }
        device.writeZeroes(offset + done, Math.min(STEP_BYTES, length - done));
      }
    } catch (IOException | RuntimeException e) {
      throw new Failure(e);
    }
  }

  void extents(long offset, long length, BlockDevice.ExtentListener listener) throws Failure {
    try {
      device.extents(offset, length, listener);
    } catch (IOException | RuntimeException e) {
      throw new Failure(e);
    }
  }
}
