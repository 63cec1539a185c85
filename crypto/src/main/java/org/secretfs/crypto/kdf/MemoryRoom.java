package org.secretfs.crypto.kdf;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.secretfs.crypto.CryptoException;

/** How much memory there is for a key derivation. */
final class MemoryRoom {
  private static final Path MEMINFO = Path.of("/proc/meminfo");
  private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d{1,15}) kB");

  private MemoryRoom() {}

  /** Requires that the kernel has so much available. */
  static void requireSystem(int memoryKib) throws CryptoException.NotEnoughMemory {
    require(memoryKib, availableKib(), "available memory");
  }

  /** Requires that the Java heap can grow by so much. */
  static void requireHeap(int memoryKib) throws CryptoException.NotEnoughMemory {
    Runtime runtime = Runtime.getRuntime();
    long used = runtime.totalMemory() - runtime.freeMemory();
    require(memoryKib, (runtime.maxMemory() - used) / 1024, "room on the Java heap");
  }

  static int halfOfAvailableKib() {
    return (int) Math.min(availableKib() / 2, Argon2.MAX_MEMORY_KIB);
  }

  private static void require(int neededKib, long roomKib, String where)
      throws CryptoException.NotEnoughMemory {
    if (neededKib > roomKib) {
      throw new CryptoException.NotEnoughMemory(
          "key derivation needs %d KiB: %s is %d KiB".formatted(neededKib, where, roomKib));
    }
  }

  private static long availableKib() {
    try {
      Matcher line = AVAILABLE.matcher(Files.readString(MEMINFO));
      return line.find() ? Long.parseLong(line.group(1)) : Long.MAX_VALUE / 1024;
    } catch (IOException e) {
      throw new UncheckedIOException("reading " + MEMINFO, e);
    }
  }
}
