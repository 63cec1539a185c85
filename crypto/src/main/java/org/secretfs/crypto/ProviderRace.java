package org.secretfs.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Measures providers against each other. They take short turns, so that a disturbance hits all of
 * them, and each one's best turn counts: it is the one after the compiler has done its work and the
 * one least disturbed.
 *
 * <p>They work in native memory, as the data path does.
 */
final class ProviderRace {
  private static final int REQUEST_BYTES = 16 * 1024;
  private static final int PAGE_BYTES = 4096;
  private static final long TURN_NANOS = 500_000;
  private static final double NOTABLE_GAIN = 1.03;
  private static final int STEADY_TURNS = 40;

  private ProviderRace() {}

  /**
   * Runs for {@code least}, and then until no provider has become faster for a while or {@code
   * most} has passed: on a busy machine the compiler needs its time.
   */
  static List<Measurement> run(
      List<SectorCipherProvider> providers, int sectorSize, Duration least, Duration most) {
    XtsProvider.requireSectorSize(sectorSize);
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES)) {
      List<Lane> lanes = providers.stream().map(p -> new Lane(p, key, sectorSize)).toList();
      try {
        race(lanes, least.toNanos(), most.toNanos());
        return lanes.stream().map(Lane::result).toList();
      } finally {
        lanes.forEach(Lane::close);
      }
    }
  }

  private static void race(List<Lane> lanes, long leastNanos, long mostNanos) {
    long start = System.nanoTime();
    long elapsed;
    do {
      lanes.forEach(Lane::takeTurn);
      elapsed = System.nanoTime() - start;
    } while (elapsed < leastNanos
        || (elapsed < mostNanos && !lanes.stream().allMatch(Lane::steady)));
  }

  private static final class Lane {
    private final SectorCipherProvider provider;
    private final int sectorSize;
    private final Optional<String> unavailable;
    private final Optional<SectorCipher> cipher;
    private final MemorySegment data = Arena.ofAuto().allocate(REQUEST_BYTES, PAGE_BYTES);
    private double bestBytesPerSecond;
    private int turnsWithoutGain;

    Lane(SectorCipherProvider provider, SecretBuffer key, int sectorSize) {
      this.provider = provider;
      this.sectorSize = sectorSize;
      this.unavailable = provider.unavailableBecause();
      this.cipher =
          unavailable.isPresent()
              ? Optional.empty()
              : Optional.of(provider.aesXts(key, sectorSize));
    }

    void takeTurn() {
      cipher.ifPresent(this::takeTurn);
    }

    private void takeTurn(SectorCipher xts) {
      long start = System.nanoTime();
      long elapsed;
      long bytes = 0;
      do {
        xts.encrypt(data, bytes);
        bytes += REQUEST_BYTES;
        elapsed = System.nanoTime() - start;
      } while (elapsed < TURN_NANOS);
      record(bytes * 1e9 / elapsed);
    }

    private void record(double bytesPerSecond) {
      boolean gain = bytesPerSecond > bestBytesPerSecond * NOTABLE_GAIN;
      turnsWithoutGain = gain ? 0 : turnsWithoutGain + 1;
      bestBytesPerSecond = Math.max(bestBytesPerSecond, bytesPerSecond);
    }

    boolean steady() {
      return cipher.isEmpty() || turnsWithoutGain >= STEADY_TURNS;
    }

    Measurement result() {
      OptionalDouble rate =
          cipher.isPresent() ? OptionalDouble.of(bestBytesPerSecond) : OptionalDouble.empty();
      return new Measurement(provider.name(), sectorSize, rate, unavailable);
    }

    void close() {
      cipher.ifPresent(SectorCipher::close);
    }
  }
}
