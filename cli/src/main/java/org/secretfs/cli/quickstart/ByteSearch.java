package org.secretfs.cli.quickstart;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/** Looks for bytes in a file, wherever they are. */
public final class ByteSearch {
  private static final int WINDOW_BYTES = 8 << 20;

  private ByteSearch() {}

  /**
   * Whether the file holds these bytes anywhere. Reads all of it.
   *
   * @param needle 1 to 4096 bytes
   */
  public static boolean contains(Path file, byte[] needle) throws IOException {
    int overlap = needle.length - 1;
    byte[] window = new byte[overlap + WINDOW_BYTES];
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      int kept = 0;
      while (true) {
        int got = channel.read(ByteBuffer.wrap(window, kept, WINDOW_BYTES));
        if (got < 0) {
          return false;
        }
        int filled = kept + got;
        if (indexOf(window, filled, needle) >= 0) {
          return true;
        }
        kept = Math.min(overlap, filled);
        System.arraycopy(window, filled - kept, window, 0, kept);
      }
    }
  }

  private static int indexOf(byte[] hay, int length, byte[] needle) {
    byte first = needle[0];
    for (int i = 0; i <= length - needle.length; i++) {
      if (hay[i] == first && Arrays.equals(hay, i, i + needle.length, needle, 0, needle.length)) {
        return i;
      }
    }
    return -1;
  }
}
