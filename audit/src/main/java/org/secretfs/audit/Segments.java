package org.secretfs.audit;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The files of a log, named by the number of their first record. */
final class Segments {
  private static final String PREFIX = "audit-";
  private static final String SUFFIX = ".jsonl";
  private static final int NUMBER_DIGITS = 18;

  private Segments() {}

  static Path file(Path directory, long firstSequence) {
    return directory.resolve(
        PREFIX + ("%0" + NUMBER_DIGITS + "d").formatted(firstSequence) + SUFFIX);
  }

  /** The files in the order of their records. */
  static List<Path> list(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.filter(Segments::isSegment).sorted().toList();
    }
  }

  /** The number of a file's first record, by its name; 0 for a name that has none. */
  static long firstSequence(Path file) {
    String name = file.getFileName().toString();
    String digits = name.substring(PREFIX.length(), name.length() - SUFFIX.length());
    return digits.matches("[0-9]{1,18}") ? Long.parseLong(digits) : 0;
  }

  /** The record before a file's first, as that one tells it. */
  static Verification.Head before(Path file) throws IOException, AuditException.MalformedLine {
    LogLine first = LogLine.parse(firstLine(file));
    return new Verification.Head(first.position().sequence() - 1, first.previous());
  }

  private static byte[] firstLine(Path file) throws IOException {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file))) {
      for (int b = in.read(); b >= 0 && b != '\n' && line.size() <= LogLine.MAX_BYTES; ) {
        line.write(b);
        b = in.read();
      }
    }
    return line.toByteArray();
  }

  private static boolean isSegment(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
  }
}
