package org.secretfs.nbd.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.secretfs.block.BlockDevice;
import org.secretfs.nbd.protocol.Command;
import org.secretfs.nbd.protocol.Nbd;
import org.secretfs.nbd.protocol.NbdError;
import org.secretfs.nbd.protocol.NbdException;
import org.secretfs.nbd.protocol.ProtocolException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * An export of a server as a block device.
 *
 * <p>When a connection is lost it is made again, for as long as {@link NbdTarget#patience} says,
 * and what was in flight is sent again: reads, writes, trims and zeroes can be repeated. Writes
 * that the server had acknowledged and not flushed may be gone with it; see {@link
 * NbdTarget.LostWrites}.
 *
 * <p>Requests must be multiples of the server's minimum block size; sectors of an encrypted volume
 * are, for every server that is known.
 */
public final class NbdBlockDevice implements BlockDevice {
  private static final Logger LOG = LoggerFactory.getLogger(NbdBlockDevice.class);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(10);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final long MOST_STEP_BYTES = 1L << 30;
  private static final int ZEROES_BYTES = 256 << 10;

  private final NbdTarget target;
  private final ConnectionPool connections;
  private final Agreed first;
  private final AtomicLong writes = new AtomicLong();
  private final AtomicLong flushedWrites = new AtomicLong();
  private final AtomicLong losses = new AtomicLong();
  private volatile boolean lostWrites;

  private NbdBlockDevice(NbdTarget target) throws IOException {
    this.target = target;
    this.connections = ConnectionPool.open(target, this::noteLoss);
    this.first = connections.first();
  }

  /**
   * Connects.
   *
   * @throws ExportUnavailableException if the server does not give the export
   * @throws IOException if it cannot be reached, at once, or speaks wrongly
   */
  public static NbdBlockDevice open(NbdTarget target) throws IOException {
    return new NbdBlockDevice(target);
  }

  /** Whether the server refuses writes. */
  public boolean isReadOnly() {
    return first.has(Nbd.SEND_READ_ONLY);
  }

  /** How many connections are used: what was asked for, if the server says that it is safe. */
  public int connectionCount() {
    return connections.size();
  }

  /** What offsets and lengths must be multiples of. */
  public int minimumBlockBytes() {
    return first.minimumBlockBytes();
  }

  @Override
  public long sizeBytes() {
    return first.sizeBytes();
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    transfer(Command.READ, 0, target, offsetBytes);
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    noteWritten(transfer(Command.WRITE, 0, source, offsetBytes));
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    if (first.has(Nbd.SEND_FUA)) {
      transfer(Command.WRITE, Nbd.CMD_FUA, source, offsetBytes);
    } else {
      write(source, offsetBytes);
      flush();
    }
  }

  /** A loss since the first part was sent may have taken what was answered before it. */
  private void noteWritten(long lossesBefore) {
    writes.incrementAndGet();
    if (losses.get() != lossesBefore) {
      noteLostWrites();
    }
  }

  /** Returns how many losses there had been when the first part was sent that succeeded. */
  private long transfer(Command command, int flags, ByteBuffer data, long offset)
      throws IOException {
    checkRange(offset, data.remaining());
    long lossesBefore = Long.MAX_VALUE;
    int limit = data.limit();
    long at = offset;
    while (data.position() < limit) {
      int step = Math.min(limit - data.position(), first.mostPayloadBytes());
      data.limit(data.position() + step);
      try {
        lossesBefore = Math.min(lossesBefore, perform(Call.of(command, flags, at, data)));
        data.position(data.limit());
      } finally {
        data.limit(limit);
      }
      at += step;
    }
    return Math.min(lossesBefore, losses.get());
  }

  private void checkRange(long offset, long length) {
    if (offset < 0 || length < 0 || offset > sizeBytes() - length) {
      throw new IllegalArgumentException(
          "%d bytes at %d: outside the device of %d bytes".formatted(length, offset, sizeBytes()));
    }
  }

  /**
   * Once acknowledged writes may have been lost, all flushes fail until the device is opened anew:
   * one that succeeded would say that they are durable, whoever asks.
   */
  @Override
  public void flush() throws IOException {
    long covered = writes.get();
    if (!lostWrites && first.has(Nbd.SEND_FLUSH)) {
      perform(Call.of(Command.FLUSH, 0, 0, 0));
    }
    if (lostWrites) {
      throw new IOException(
          "%s: the connection was lost; writes since the last flush may be gone: open it anew"
              .formatted(target));
    }
    flushedWrites.accumulateAndGet(covered, Math::max);
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    checkRange(offsetBytes, lengthBytes);
    if (first.has(Nbd.SEND_TRIM)) {
      inSteps(Command.TRIM, 0, offsetBytes, lengthBytes);
    }
  }

  private void inSteps(Command command, int flags, long offset, long length) throws IOException {
    long lossesBefore = losses.get();
    for (long done = 0; done < length; done += MOST_STEP_BYTES) {
      long step = Math.min(MOST_STEP_BYTES, length - done);
      long sent = perform(Call.of(command, flags, offset + done, step));
      lossesBefore = done == 0 ? sent : lossesBefore;
    }
    noteWritten(lossesBefore);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    zeroes(Nbd.CMD_NO_HOLE, offsetBytes, lengthBytes);
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    zeroes(0, offsetBytes, lengthBytes);
  }

  private void zeroes(int flags, long offset, long length) throws IOException {
    checkRange(offset, length);
    if (first.has(Nbd.SEND_WRITE_ZEROES)) {
      inSteps(Command.WRITE_ZEROES, flags, offset, length);
      return;
    }
    ByteBuffer zeroes = ByteBuffer.allocate((int) Math.min(ZEROES_BYTES, length));
    for (long done = 0; done < length; done += zeroes.limit()) {
      zeroes.clear().limit((int) Math.min(zeroes.capacity(), length - done));
      write(zeroes, offset + done);
    }
  }

  @Override
  public boolean zeroesFast() {
    return first.has(Nbd.SEND_WRITE_ZEROES) && first.has(Nbd.SEND_FAST_ZERO);
  }

  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    checkRange(offsetBytes, lengthBytes);
    if (first.context() == Agreed.NO_CONTEXT) {
      listener.extent(lengthBytes, false, false);
      return;
    }
    List<Call.Extent> extents = new ArrayList<>();
    boolean wanted = true;
    long end = offsetBytes + lengthBytes;
    for (long at = offsetBytes; at < end && wanted; ) {
      perform(Call.status(at, Math.min(MOST_STEP_BYTES, end - at), extents));
      for (Call.Extent extent : extents) {
        wanted = wanted && listener.extent(extent.lengthBytes(), extent.hole(), extent.zero());
        at += extent.lengthBytes();
      }
      extents.clear();
    }
  }

  /** Returns how many losses there had been when the attempt was made that succeeded. */
  private long perform(Call call) throws IOException {
    Call current = call;
    long deadline = System.nanoTime() + target.patience().toNanos();
    Duration pause = FIRST_PAUSE;
    while (true) {
      boolean connected = false;
      try {
        ClientConnection connection = connections.get();
        connected = true;
        long lossesBefore = losses.get();
        connection.perform(current);
        return lossesBefore;
      } catch (NbdException e) {
        if (e.error() != NbdError.ESHUTDOWN || System.nanoTime() - deadline > 0) {
          throw e;
        }
      } catch (ProtocolException | ExportUnavailableException e) {
        throw e;
      } catch (IOException e) {
        noteLoss();
        if (pause.equals(FIRST_PAUSE)) {
          LOG.warn("{}: {}; trying again", target, e.getMessage());
        }
        boolean givenUp = connected ? connections.isClosed() : connections.isGivenUp();
        if (givenUp || System.nanoTime() - deadline > 0) {
          throw new IOException("%s: %s".formatted(target, e.getMessage()), e);
        }
      }
      sleep(pause);
      pause =
          pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0
              ? pause.multipliedBy(2)
              : LONGEST_PAUSE;
      current = again(current);
    }
  }

  private static Call again(Call call) {
    ByteBuffer data = call.data;
    if (data != null) {
      return Call.of(call.command, call.flags, call.offset, data);
    }
    List<Call.Extent> extents = call.extents;
    if (extents != null) {
      // What a reply that broke off had said is said again.
      extents.clear();
      return Call.status(call.offset, call.length, extents);
    }
    return Call.of(call.command, call.flags, call.offset, call.length);
  }

  private void noteLoss() {
    losses.incrementAndGet();
    if (writes.get() > flushedWrites.get()) {
      noteLostWrites();
    }
  }

  private void noteLostWrites() {
    if (target.lostWrites() == NbdTarget.LostWrites.FAIL_FLUSHES) {
      lostWrites = true;
    }
  }

  private static void sleep(Duration pause) throws IOException {
    try {
      Thread.sleep(pause);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while waiting for the server", e);
    }
  }

  /** Disconnects, without a flush. */
  @Override
  public void close() throws IOException {
    connections.close();
  }

  @Override
  public String toString() {
    return target.toString();
  }
}
