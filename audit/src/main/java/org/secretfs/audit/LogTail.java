package org.secretfs.audit;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The end of a log, made fit to be continued.
 *
 * <p>What stands after the last newline was never acknowledged, because {@link AuditLog#append}
 * returns after the whole line is on the disk. So it may be cut off, and it is kept aside. The same
 * holds for zeroes at the end, which a file system leaves when power fails between the growth of a
 * file and its content.
 */
final class LogTail {
  private static final int FILES_CHECKED = 2;

  private final Verification.Head head;
  private final @Nullable Path lastFile;
  private final long cutBytes;

  private LogTail(Verification.Head head, @Nullable Path lastFile, long cutBytes) {
    this.head = head;
    this.lastFile = lastFile;
    this.cutBytes = cutBytes;
  }

  /**
   * Cuts off a torn end and checks the chain through the last two files.
   *
   * @throws AuditException.BrokenChain if anything but a torn end is wrong; nothing was changed
   */
  static LogTail repair(Path directory) throws IOException, AuditException.BrokenChain {
    List<Path> files = Segments.list(directory);
    if (files.isEmpty()) {
      return new LogTail(Verification.Head.EMPTY, null, 0);
    }
    Path last = files.getLast();
    long wholeBytes = lengthOfWholeLines(last);
    Verification checked = check(files, wholeBytes);
    if (checked.firstBreak().isPresent()) {
      throw new AuditException.BrokenChain(checked.firstBreak().get());
    }
    long cut = Files.size(last) - wholeBytes;
    if (cut > 0) {
      cut(last, wholeBytes);
    }
    return new LogTail(checked.head(), last, cut);
  }

  private static Verification check(List<Path> files, long lastFileBytes)
      throws IOException, AuditException.BrokenChain {
    List<Path> checked = files.subList(Math.max(0, files.size() - FILES_CHECKED), files.size());
    ChainWalk walk = new ChainWalk(startOf(checked.getFirst(), files.size()), entry -> true);
    for (Path file : checked) {
      walk.file(file, file.equals(files.getLast()) ? lastFileBytes : Long.MAX_VALUE);
    }
    return walk.result();
  }

  private static Verification.Head startOf(Path file, int files)
      throws IOException, AuditException.BrokenChain {
    if (files <= FILES_CHECKED) {
      return Verification.Head.EMPTY;
    }
    try {
      return Segments.before(file);
    } catch (AuditException.MalformedLine e) {
      throw new AuditException.BrokenChain(
          new Verification.Break(file, 1, String.valueOf(e.getMessage())));
    }
  }

  private static long lengthOfWholeLines(Path file) throws IOException {
    try (RandomAccessFile in = new RandomAccessFile(file.toFile(), "r")) {
      byte[] block = new byte[1 << 16];
      long end = in.length();
      while (end > 0) {
        int length = (int) Math.min(block.length, end);
        in.seek(end - length);
        in.readFully(block, 0, length);
        for (int i = length - 1; i >= 0; i--) {
          if (block[i] == '\n') {
            return end - length + i + 1;
          }
        }
        end -= length;
      }
      return 0;
    }
  }

  private static void cut(Path file, long wholeBytes) throws IOException {
    Path aside = file.resolveSibling(file.getFileName() + "." + wholeBytes + ".torn");
    try (RandomAccessFile log = new RandomAccessFile(file.toFile(), "rw")) {
      log.seek(wholeBytes);
      byte[] torn = new byte[(int) Math.min(LogLine.MAX_BYTES, log.length() - wholeBytes)];
      log.readFully(torn);
      PrivateFiles.write(aside, torn);
      log.setLength(wholeBytes);
      log.getFD().sync();
    }
    PrivateFiles.sync(file.toAbsolutePath().getParent());
  }

  Verification.Head head() {
    return head;
  }

  @Nullable Path lastFile() {
    return lastFile;
  }

  long cutBytes() {
    return cutBytes;
  }
}
