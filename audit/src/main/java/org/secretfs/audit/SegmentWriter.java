package org.secretfs.audit;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Writes batches of whole lines to the last file of a log. For one thread. */
final class SegmentWriter implements AutoCloseable {
  /**
   * Past this a new file begins; so the two that are checked when a log is opened take a moment.
   */
  static final long DEFAULT_MAX_BYTES = 16L << 20;

  private final Path directory;
  private final long maxBytes;
  private @Nullable FileOutputStream out;
  private long size;

  SegmentWriter(Path directory, @Nullable Path lastFile, long maxBytes) throws IOException {
    this.directory = directory;
    this.maxBytes = maxBytes;
    if (lastFile != null) {
      out = new FileOutputStream(lastFile.toFile(), true);
      size = lastFile.toFile().length();
    }
  }

  /** Appends and syncs. The file is that of {@code firstSequence} if a new one begins. */
  void write(byte[] lines, long firstSequence) throws IOException {
    if (out == null || size >= maxBytes) {
      begin(firstSequence);
    }
    FileOutputStream target = Objects.requireNonNull(out);
    // A stream and not a channel: an interrupted thread must not close the log.
    target.write(lines);
    target.getFD().sync();
    size += lines.length;
  }

  private void begin(long firstSequence) throws IOException {
    close();
    Path file = Segments.file(directory, firstSequence);
    PrivateFiles.create(file);
    out = new FileOutputStream(file.toFile(), true);
    size = 0;
    PrivateFiles.sync(directory);
  }

  @Override
  public void close() throws IOException {
    if (out != null) {
      out.close();
    }
  }
}
