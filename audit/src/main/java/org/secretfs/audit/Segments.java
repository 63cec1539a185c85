package org.secretfs.audit;

import java.io.IOException;
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

  private static boolean isSegment(Path file) {
    String name = file.getFileName().toString();
    return name.startsWith(PREFIX) && name.endsWith(SUFFIX);
  }
}
