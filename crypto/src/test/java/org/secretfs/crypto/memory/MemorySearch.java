package org.secretfs.crypto.memory;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Looks for bytes in a file or in the memory of another process. */
final class MemorySearch {
  private static final Pattern MAPPING = Pattern.compile("([0-9a-f]{1,15})-([0-9a-f]{1,15}) rw.*");
  private static final int WINDOW_BYTES = 1 << 20;

  private final byte[] wanted;

  MemorySearch(byte[] wanted) {
    this.wanted = wanted;
  }

  boolean isInProcess(long processId) throws IOException {
    Path directory = Path.of("/proc", Long.toString(processId));
    try (RandomAccessFile memory = new RandomAccessFile(directory.resolve("mem").toFile(), "r")) {
      for (String line : Files.readAllLines(directory.resolve("maps"))) {
        Matcher mapping = MAPPING.matcher(line);
        if (mapping.matches() && isIn(memory, hex(mapping.group(1)), hex(mapping.group(2)))) {
          return true;
        }
      }
      return false;
    }
  }

  boolean isInFile(Path path) throws IOException {
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "r")) {
      return isIn(file, 0, file.length());
    }
  }

  private static long hex(String address) {
    return Long.parseLong(address, 16);
  }

  private boolean isIn(RandomAccessFile file, long start, long end) {
    byte[] window = new byte[WINDOW_BYTES + wanted.length];
    for (long at = start; at < end; at += WINDOW_BYTES) {
      int length = (int) Math.min(window.length, end - at);
      if (read(file, at, window, length) && contains(window, length)) {
        return true;
      }
    }
    return false;
  }

  /** Some mappings, such as the JVM's guard pages, cannot be read. */
  private static boolean read(RandomAccessFile file, long at, byte[] window, int length) {
    try {
      file.seek(at);
      file.readFully(window, 0, length);
      return true;
    } catch (IOException unreadable) {
      return false;
    }
  }

  private boolean contains(byte[] window, int length) {
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
