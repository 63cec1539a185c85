package org.secretfs.proxy;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.protocol.NbdException;

/**
 * The device that clients of an export see for as long as the export exists, while the volume
 * behind it comes and goes. Holds requests back as the rate limit asks, and stops them at a gate
 * while there is no volume.
 *
 * <p>Closing it does nothing: its {@link Export} takes the volume away.
 */
final class GatedDevice implements BlockDevice {
  private final String name;
  private final boolean readOnly;
  private final boolean waits;
  private final Throttle throttle;
  private final ExportMetrics metrics;
  private final Gate gate = new Gate();
  private final AtomicReference<@Nullable IOException> owed = new AtomicReference<>();
  private volatile @Nullable BlockDevice volume;
  private volatile long sizeBytes;

  GatedDevice(ExportSpec spec, ExportMetrics metrics) {
    this.name = spec.name();
    this.readOnly = spec.readOnly();
    this.waits = spec.onSuspend() == ExportSpec.OnSuspend.WAIT;
    this.throttle = new Throttle(spec.rateLimit());
    this.metrics = metrics;
  }

  /** Puts a volume behind the gate and opens it. */
  void install(BlockDevice opened) {
    volume = opened;
    sizeBytes = opened.sizeBytes();
    gate.open();
  }

  /** Lets no further request in; returns whether those inside ended in time. */
  boolean shut(Duration most) {
    return gate.close(most);
  }

  /** Takes the volume out, for the caller to close; null if there was none. */
  @Nullable BlockDevice remove() {
    BlockDevice removed = volume;
    volume = null;
    return removed;
  }

  /** Says that no volume will come again. */
  void end() {
    gate.end();
  }

  @Override
  public long sizeBytes() {
    BlockDevice device = volume;
    return device == null ? sizeBytes : device.sizeBytes();
  }

  /** Lets a request in, late where the rate limit or a suspension says so. */
  private BlockDevice enter(long lengthBytes) throws IOException {
    if (throttle.limits()) {
      metrics.waited(throttle.await(lengthBytes));
    }
    return pass();
  }

  private BlockDevice pass() throws IOException {
    while (!gate.tryEnter()) {
      if (!waits && !gate.hasEnded()) {
        throw new NbdException(NbdError.EPERM, "export %s is suspended".formatted(name));
      }
      awaitOpen();
    }
    BlockDevice device = volume;
    if (device == null) {
      gate.leave();
      throw new IllegalStateException("the gate is open and there is no volume");
    }
    return device;
  }

  private void awaitOpen() throws IOException {
    try {
      if (!gate.awaitOpen()) {
        throw new NbdException(NbdError.ESHUTDOWN, "export %s is closed".formatted(name));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted while export %s is suspended".formatted(name));
    }
  }

  /**
   * Remembers that a flush on the clients' behalf failed: what they wrote may be lost, so the next
   * one of theirs must fail, once, as it would have.
   */
  void oweFailure(IOException failure) {
    owed.set(failure);
  }

  private void payOwedFailure() throws IOException {
    IOException failure = owed.get() == null ? null : owed.getAndSet(null);
    if (failure != null) {
      throw new IOException("an earlier flush failed: " + failure.getMessage(), failure);
    }
  }

  private void requireWritable() throws IOException {
    if (readOnly) {
      throw new NbdException(NbdError.EPERM, "export %s is read-only".formatted(name));
    }
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    BlockDevice device = enter(target.remaining());
    try {
      device.read(target, offsetBytes);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    requireWritable();
    BlockDevice device = enter(source.remaining());
    try {
      device.write(source, offsetBytes);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    requireWritable();
    BlockDevice device = enter(source.remaining());
    try {
      payOwedFailure();
      device.writeDurably(source, offsetBytes);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void flush() throws IOException {
    BlockDevice device = enter(0);
    try {
      payOwedFailure();
      device.flush();
    } finally {
      gate.leave();
    }
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    requireWritable();
    BlockDevice device = enter(0);
    try {
      device.trim(offsetBytes, lengthBytes);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    requireWritable();
    BlockDevice device = enter(lengthBytes);
    try {
      device.writeZeroes(offsetBytes, lengthBytes);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    requireWritable();
    BlockDevice device = enter(lengthBytes);
    try {
      device.zeroOrPunch(offsetBytes, lengthBytes);
    } finally {
      gate.leave();
    }
  }

  @Override
  public boolean zeroesFast() {
    BlockDevice device = volume;
    return device != null && device.zeroesFast();
  }

  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    BlockDevice device = enter(0);
    try {
      device.extents(offsetBytes, lengthBytes, listener);
    } finally {
      gate.leave();
    }
  }

  @Override
  public void close() {
    // The export takes the volume away; a client that goes changes nothing.
  }
}
