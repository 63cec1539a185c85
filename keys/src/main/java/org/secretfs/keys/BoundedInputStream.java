package org.secretfs.keys;

import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;

/** Fails once more bytes were read than allowed, instead of filling memory. */
final class BoundedInputStream extends FilterInputStream {
  /** An answer was longer than any that the service may give. */
  static final class TooLong extends IOException {
    private static final long serialVersionUID = 1;

    private TooLong(long mostBytes) {
      super("answer of more than %d bytes".formatted(mostBytes));
    }
  }

  private final long mostBytes;
  private long readBytes;

  BoundedInputStream(InputStream in, long mostBytes) {
    super(in);
    this.mostBytes = mostBytes;
  }

  @Override
  public int read() throws IOException {
    int next = super.read();
    count(next < 0 ? 0 : 1);
    return next;
  }

  @Override
  public int read(byte[] target, int offset, int length) throws IOException {
    int got = super.read(target, offset, length);
    count(Math.max(got, 0));
    return got;
  }

  @Override
  public long skip(long wanted) throws IOException {
    long skipped = super.skip(wanted);
    count(skipped);
    return skipped;
  }

  private void count(long bytes) throws IOException {
    readBytes += bytes;
    if (readBytes > mostBytes) {
      throw new TooLong(mostBytes);
    }
  }
}
