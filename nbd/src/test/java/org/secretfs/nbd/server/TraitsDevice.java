package org.secretfs.nbd.server;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.block.InMemoryBlockDevice;

/** A device in memory whose second half is a hole, and that fails, delays and changes its size. */
final class TraitsDevice implements BlockDevice {
  private final InMemoryBlockDevice memory;
  private final List<String> calls = new CopyOnWriteArrayList<>();
  private volatile long size;
  private volatile long failFrom = Long.MAX_VALUE;
  private volatile String writeFailure = "";
  private final AtomicInteger waiting = new AtomicInteger();
  private final AtomicInteger mostWaiting = new AtomicInteger();
  private volatile Duration delay = Duration.ZERO;
  private volatile @Nullable CyclicBarrier meeting;

  TraitsDevice(int sizeBytes) {
    memory = new InMemoryBlockDevice(sizeBytes);
    size = sizeBytes;
  }

  /** Flushes, trims and zeroes so far. */
  List<String> calls() {
    return calls;
  }

  void resize(long bytes) {
    size = bytes;
  }

  void failReadsFrom(long offset) {
    failFrom = offset;
  }

  void failWrites(String message) {
    writeFailure = message;
  }

  /** From now on requests wait until that many are in execution at once. */
  void meet(int requests) {
    meeting = new CyclicBarrier(requests);
  }

  /** How many requests were delayed at once, at most. */
  int mostWaiting() {
    return mostWaiting.get();
  }

  void delay(Duration time) {
    delay = time;
  }

  @Override
  public long sizeBytes() {
    return size;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    pause();
    if (offsetBytes + target.remaining() > failFrom) {
      throw new IOException("a bad sector");
    }
    memory.read(target, offsetBytes);
  }

  private void pause() throws IOException {
    try {
      if (delay.isPositive()) {
        int now = waiting.incrementAndGet();
        mostWaiting.accumulateAndGet(now, Math::max);
        try {
          Thread.sleep(delay);
        } finally {
          waiting.decrementAndGet();
        }
      }
      CyclicBarrier barrier = meeting;
      if (barrier != null) {
        int _ = barrier.await(20, TimeUnit.SECONDS);
      }
    } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
      throw new IOException(e);
    }
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    pause();
    if (!writeFailure.isEmpty()) {
      throw new IOException(writeFailure);
    }
    memory.write(source, offsetBytes);
  }

  @Override
  public void flush() {
    calls.add("flush");
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) {
    calls.add("trim");
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) {
    calls.add("zeroes");
    memory.writeZeroes(offsetBytes, lengthBytes);
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) {
    calls.add("punch");
    memory.writeZeroes(offsetBytes, lengthBytes);
  }

  @Override
  public boolean zeroesFast() {
    return true;
  }

  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    long half = size / 2;
    long end = offsetBytes + lengthBytes;
    long data = Math.clamp(half - offsetBytes, 0, lengthBytes);
    // The data is told in two parts, which the server joins.
    long firstPart = data / 2;
    if ((firstPart == 0 || listener.extent(firstPart, false, false))
        && (data == 0 || listener.extent(data - firstPart, false, false))
        && end > half) {
      boolean _ = listener.extent(end - Math.max(half, offsetBytes), true, true);
    }
  }

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
