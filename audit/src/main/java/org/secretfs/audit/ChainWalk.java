package org.secretfs.audit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the lines of a log, file after file, that stops at the first break, or where
 * whoever gets the records has enough.
 */
final class ChainWalk {
  private final Predicate<AuditEntry> each;
  private Verification.Head head;
  private Verification.@Nullable Break firstBreak;
  private long tornBytes;
  private boolean enough;

  /** Begins after {@code start}; ends when {@code each} returns false. */
  ChainWalk(Verification.Head start, Predicate<AuditEntry> each) {
    this.head = start;
    this.each = each;
  }

  Verification result() {
    return new Verification(head.sequence(), head, Optional.ofNullable(firstBreak), tornBytes);
  }

  /** Whether there is nothing more to be read. */
  boolean isEnded() {
    return enough || firstBreak != null;
  }

  /** Reads one file; does nothing after a break. */
  void file(Path file) throws IOException {
    file(file, Long.MAX_VALUE);
  }

  /** Reads the first bytes of one file; does nothing after a break. */
  void file(Path file, long mostBytes) throws IOException {
    if (firstBreak == null && tornBytes > 0) {
      broken(file, 0, "the file before it ends within a line");
    }
    if (firstBreak == null
        && !file.getFileName()
            .equals(Segments.file(file.resolveSibling(""), head.sequence() + 1).getFileName())) {
      broken(file, 0, "record %d should come next".formatted(head.sequence() + 1));
    }
    if (firstBreak == null) {
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        lines(file, in, mostBytes);
      }
    }
  }

  private void lines(Path file, InputStream in, long mostBytes) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    long number = 1;
    for (long at = 0; at < mostBytes && !isEnded(); at++) {
      int b = in.read();
      if (b < 0) {
        break;
      }
      if (b == '\n') {
        line(file, number++, line.toByteArray());
        line.reset();
      } else if (line.size() <= LogLine.MAX_BYTES) {
        line.write(b);
      } else {
        broken(file, number, "longer than %d bytes".formatted(LogLine.MAX_BYTES));
      }
    }
    tornBytes = line.size();
  }

  private void line(Path file, long number, byte[] bytes) {
    try {
      LogLine line = LogLine.parse(bytes);
      long expected = head.sequence() + 1;
      if (line.position().sequence() != expected) {
        broken(
            file,
            number,
            "record %d where %d should be".formatted(line.position().sequence(), expected));
      } else if (!line.previous().equals(head.hash())) {
        broken(file, number, "does not continue the record before it");
      } else {
        enough = !each.test(new AuditEntry(line.position(), line.event()));
        head = line.position();
      }
    } catch (AuditException.MalformedLine e) {
      broken(file, number, String.valueOf(e.getMessage()));
    }
  }

  private void broken(Path file, long line, String reason) {
    firstBreak = new Verification.Break(file, line, reason);
  }
}
