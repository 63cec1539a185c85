package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A device in memory on which a header is made before it goes to its place: zeroes, as long as it
 * is told to be, of which only the beginning is kept. No other program knows of it.
 */
final class HeaderImage implements LuksStorage {
  private static final int MOST_BYTES = 160 << 20;

  private final long sizeBytes;
  private byte[] bytes = new byte[1 << 16];
  private int used;

  HeaderImage(long sizeBytes) {
    this.sizeBytes = sizeBytes;
  }

  /** What was written, up to the last byte that is not zero, as a multiple of 4096. */
  byte[] content() {
    int end = used;
    while (end > 0 && bytes[end - 1] == 0) {
      end--;
    }
    return Arrays.copyOf(bytes, Math.ceilDiv(end, 4096) * 4096);
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) {
    while (target.hasRemaining()) {
      target.put(offsetBytes < used ? bytes[(int) offsetBytes] : 0);
      offsetBytes++;
    }
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    long end = offsetBytes + source.remaining();
    if (end > used && isZero(source)) {
      int within = (int) Math.max(0, Math.min(used - offsetBytes, source.remaining()));
      source.limit(source.position() + within);
      end = offsetBytes + within;
    }
    if (!source.hasRemaining()) {
      return;
    }
    if (end > MOST_BYTES) {
      throw new IOException("the header takes more than %d bytes".formatted(MOST_BYTES));
    }
    if (end > bytes.length) {
      bytes = Arrays.copyOf(bytes, (int) Math.max(end, Math.min(2L * bytes.length, MOST_BYTES)));
    }
    source.get(bytes, (int) offsetBytes, source.remaining());
    used = Math.max(used, (int) end);
  }

  private static boolean isZero(ByteBuffer source) {
    for (int i = source.position(); i < source.limit(); i++) {
      if (source.get(i) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void sync() {
    // Memory has nothing more durable than itself.
  }

  @Override
  public Lock lock(LockMode mode) {
    return () -> {};
  }

  @Override
  public void close() {
    // Nothing is held but memory.
  }
}
