package org.secretfs.crypto.kdf;

import java.time.Duration;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Finds costs for a target time. Time is proportional to memory times passes, so one run of at
 * least {@link #LEAST_RUN} predicts well; memory is raised before passes, because memory is what an
 * attacker's hardware lacks.
 */
final class Argon2Benchmark {
  /** The fewest passes that cryptsetup chooses. */
  static final int LEAST_PASSES = 4;

  /** The least memory that cryptsetup chooses. */
  static final int LEAST_MEMORY_KIB = 32 * 1024;

  private static final int MOST_LANES = 4;
  private static final int LENGTH_BYTES = 32;
  private static final Duration LEAST_RUN = Duration.ofMillis(100);

  private Argon2Benchmark() {}

  static Argon2.Cost run(Duration target, int maxMemoryKib, int maxLanes) throws CryptoException {
    int processors = Runtime.getRuntime().availableProcessors();
    int lanes = Math.clamp(maxLanes, 1, Math.min(MOST_LANES, processors));
    int most = Math.min(maxMemoryKib, MemoryRoom.halfOfAvailableKib());
    int memoryKib = Math.max(Math.min(LEAST_MEMORY_KIB, most), 8 * lanes);
    long elapsed = time(new Argon2.Cost(LEAST_PASSES, memoryKib, lanes));
    while (elapsed < LEAST_RUN.toNanos() && memoryKib <= most / 2) {
      memoryKib *= 2;
      elapsed = time(new Argon2.Cost(LEAST_PASSES, memoryKib, lanes));
    }
    return scale(new Argon2.Cost(LEAST_PASSES, memoryKib, lanes), elapsed, target, most);
  }

  private static Argon2.Cost scale(Argon2.Cost tried, long elapsed, Duration target, int most) {
    double work = (double) tried.memoryKib() * tried.timeCost() * target.toNanos() / elapsed;
    int least = Math.min(tried.memoryKib(), Math.min(LEAST_MEMORY_KIB, most));
    int memoryKib = (int) Math.clamp(work / LEAST_PASSES, least, Math.max(least, most));
    int passes = (int) Math.clamp(work / memoryKib, LEAST_PASSES, Integer.MAX_VALUE);
    return new Argon2.Cost(passes, memoryKib, tried.lanes());
  }

  private static long time(Argon2.Cost cost) throws CryptoException {
    try (SecretBuffer passphrase = SecretBuffer.allocate(LENGTH_BYTES)) {
      long start = System.nanoTime();
      Argon2.derive(
              Argon2.Variant.ARGON2ID,
              passphrase,
              new byte[LENGTH_BYTES],
              cost.timeCost(),
              cost.memoryKib(),
              cost.lanes(),
              LENGTH_BYTES)
          .close();
      return System.nanoTime() - start;
    }
  }
}
