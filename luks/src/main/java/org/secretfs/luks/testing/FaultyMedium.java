package org.secretfs.luks.testing;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A disk in memory whose power can be cut: the one model of what is left then.
 *
 * <p>Writes become durable at a barrier. Until then the disk keeps them in any order it likes: a
 * power cut may drop any of them, tear any between its sectors of 512 bytes, and keep later ones
 * without earlier ones. A sector itself is old or new, never mixed. Safe for use by several
 * threads.
 */
public final class FaultyMedium {
  /** What reaches the medium whole or not at all. */
  public static final int SECTOR_BYTES = 512;

  /** Seeds that many apart give the same kind of cut: six fixed ones, then lotteries. */
  public static final int KINDS_OF_CUT = 12;

  private static final double[] ODDS = {0.5, 0.1, 0.9, 0.5, 0.02, 0.98};

  private final byte[] durable;
  private final byte[] seen;
  private final List<Sector> pending = new ArrayList<>();
  private long operationsLeft = Long.MAX_VALUE;
  private long operations;

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Sector(long write, int offset, byte[] content) {}

  /** Returns a medium that holds a copy of {@code content}, a multiple of 512 bytes. */
  public FaultyMedium(byte[] content) {
    if (content.length % SECTOR_BYTES != 0) {
      throw new IllegalArgumentException(
          "%d bytes: must be a multiple of %d".formatted(content.length, SECTOR_BYTES));
    }
    this.durable = content.clone();
    this.seen = content.clone();
  }

  /** After that many more writes and barriers, each further one fails; reads go on. */
  public synchronized void failAfter(long operations) {
    this.operationsLeft = operations;
  }

  /** The writes and barriers so far. */
  public synchronized long operations() {
    return operations;
  }

  /** What a reader sees now. */
  public synchronized byte[] content() {
    return seen.clone();
  }

  public int sizeBytes() {
    return seen.length;
  }

  public synchronized void read(ByteBuffer target, long offsetBytes) {
    target.put(seen, Math.toIntExact(offsetBytes), target.remaining());
  }

  /** Writes; a write that fails may reach the medium in part. */
  public synchronized void write(ByteBuffer source, long offsetBytes) throws IOException {
    int begin = Math.toIntExact(offsetBytes);
    int end = begin + source.remaining();
    source.get(seen, begin, source.remaining());
    for (int at = begin - begin % SECTOR_BYTES; at < end; at += SECTOR_BYTES) {
      pending.add(new Sector(operations, at, Arrays.copyOfRange(seen, at, at + SECTOR_BYTES)));
    }
    step();
  }

  /** Makes everything written before durable. */
  public synchronized void barrier() throws IOException {
    step();
    System.arraycopy(seen, 0, durable, 0, seen.length);
    pending.clear();
  }

  private void step() throws IOException {
    if (operationsLeft-- <= 0) {
      throw new IOException("the power was cut");
    }
    operations++;
  }

  /** Returns what is left when power returns; the same for the same seed. */
  public synchronized byte[] cutPower(long seed) {
    SplittableRandom lottery = new SplittableRandom(seed);
    byte[] left = durable.clone();
    for (int i = 0; i < pending.size(); i++) {
      if (survives(i, Math.floorMod(seed, KINDS_OF_CUT), lottery)) {
        Sector sector = pending.get(i);
        System.arraycopy(sector.content(), 0, left, sector.offset(), SECTOR_BYTES);
      }
    }
    return left;
  }

  private boolean survives(int index, int kind, SplittableRandom lottery) {
    long lastWrite = pending.getLast().write();
    boolean last = pending.get(index).write() == lastWrite;
    int firstOfLast = firstOf(lastWrite);
    int middle = (firstOfLast + pending.size()) / 2;
    return switch (kind) {
      case 0 -> false;
      case 1 -> true;
      case 2 -> !last;
      case 3 -> last;
      case 4 -> index < middle;
      case 5 -> index < firstOfLast || index >= middle;
      default -> lottery.nextDouble() < ODDS[kind - 6];
    };
  }

  private int firstOf(long write) {
    int index = pending.size();
    while (index > 0 && pending.get(index - 1).write() == write) {
      index--;
    }
    return index;
  }
}
