package org.secretfs.bench;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.XtsKey;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Prints how many MB (10^6 bytes) per second one thread encrypts with the provider that the engine
 * chooses here, in requests of 64 KiB with a tweak per sector: {@code SECTOR_SIZE SECONDS}. Counts
 * processor time, as {@code openssl speed} does, so that both can be compared on a busy machine.
 */
public final class EngineSpeed {
  private static final int REQUEST_BYTES = 64 << 10;
  private static final int PAGE_BYTES = 4096;
  private static final int REQUESTS_PER_LOOK = 64;

  private EngineSpeed() {}

  public static void main(String[] args) {
    int sectorSize = Integer.parseInt(args[0]);
    long nanos = Long.parseLong(args[1]) * 1_000_000_000L;
    try (Arena arena = Arena.ofConfined();
        SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES);
        SectorCipher cipher = SectorCiphers.chosen(sectorSize).aesXts(key, sectorSize)) {
      MemorySegment data = arena.allocate(REQUEST_BYTES, PAGE_BYTES);
      run(cipher, data, nanos / 4);
      System.out.printf("%.1f%n", run(cipher, data, nanos) / 1e6);
    }
  }

  /** Returns bytes per second. */
  private static double run(SectorCipher cipher, MemorySegment data, long nanos) {
    ThreadMXBean clock = ManagementFactory.getThreadMXBean();
    long start = clock.getCurrentThreadCpuTime();
    long bytes = 0;
    long used;
    do {
      for (int i = 0; i < REQUESTS_PER_LOOK; i++) {
        cipher.encrypt(data, bytes / 512);
        bytes += REQUEST_BYTES;
      }
      used = clock.getCurrentThreadCpuTime() - start;
    } while (used < nanos);
    return bytes * 1e9 / used;
  }
}
