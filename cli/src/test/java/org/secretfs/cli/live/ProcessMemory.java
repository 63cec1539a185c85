package org.secretfs.cli.live;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The writable memory of another process, to look for bytes that should or should not be there. */
final class ProcessMemory {
  private static final Pattern MAPPING = Pattern.compile("([0-9a-f]{1,15})-([0-9a-f]{1,15}) rw.*");
  private static final int WINDOW_BYTES = 1 << 20;

  private final Path directory;

  private ProcessMemory(Path directory) {
    this.directory = directory;
  }

  static ProcessMemory of(long processId) {
    return new ProcessMemory(Path.of("/proc", Long.toString(processId)));
  }

  boolean contains(byte[] wanted) throws IOException {
    try (RandomAccessFile memory = new RandomAccessFile(directory.resolve("mem").toFile(), "r")) {
      for (String line : Files.readAllLines(directory.resolve("maps"))) {
        Matcher mapping = MAPPING.matcher(line);
        if (mapping.matches()
            && isIn(
                memory,
                Long.parseLong(mapping.group(1), 16),
                Long.parseLong(mapping.group(2), 16),
                wanted)) {
          return true;
        }
      }
      return false;
    }
  }

  private static boolean isIn(RandomAccessFile memory, long start, long end, byte[] wanted) {
    byte[] window = new byte[WINDOW_BYTES + wanted.length];
    for (long at = start; at < end; at += WINDOW_BYTES) {
      int length = (int) Math.min(window.length, end - at);
      if (read(memory, at, window, length) && contains(window, length, wanted)) {
        return true;
      }
    }
    return false;
  }

  /** Some mappings, such as the JVM's guard pages, cannot be read. */
  private static boolean read(RandomAccessFile memory, long at, byte[] window, int length) {
    try {
      memory.seek(at);
      memory.readFully(window, 0, length);
      return true;
    } catch (IOException unreadable) {
      return false;
    }
  }

  private static boolean contains(byte[] window, int length, byte[] wanted) {
    for (int i = 0; i + wanted.length <= length; i++) {
      int same = 0;
      while (same < wanted.length && window[i + same] == wanted[same]) {
        same++;
      }
      if (same == wanted.length) {
        return true;
      }
    }
    return false;
  }
}
