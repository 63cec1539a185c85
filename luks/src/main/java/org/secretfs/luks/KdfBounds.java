package org.secretfs.luks;

import java.util.Optional;
import org.secretfs.failure.OptionException;

/**
 * The greatest costs of a key derivation that a header may ask for. A header is not authenticated:
 * without bounds, whoever can write it can keep its reader busy or starve it of memory.
 */
final class KdfBounds {
  static final int MIN_PBKDF2_ITERATIONS = 1000;
  static final int MAX_PBKDF2_ITERATIONS = 100_000_000;
  static final int MIN_ARGON2_MEMORY_KIB = 32;
  static final int MAX_ARGON2_MEMORY_KIB = 4 << 20;
  static final int MAX_ARGON2_LANES = 16;
  static final int KIB_PER_LANE = 8;

  /** Bounds the time: memory traffic of all passes together, 1 TiB. */
  static final long MAX_ARGON2_KIB_PASSES = 1L << 30;

  private KdfBounds() {}

  /** Returns which rule the parameters break. */
  static Optional<String> pbkdf2(long iterations) {
    if (iterations < MIN_PBKDF2_ITERATIONS || iterations > MAX_PBKDF2_ITERATIONS) {
      return Optional.of(
          "PBKDF2 iterations %d: must be %d to %d"
              .formatted(iterations, MIN_PBKDF2_ITERATIONS, MAX_PBKDF2_ITERATIONS));
    }
    return Optional.empty();
  }

  /** Returns which rule the parameters break. */
  static Optional<String> argon2(long timeCost, long memoryKib, long lanes) {
    if (memoryKib < MIN_ARGON2_MEMORY_KIB || memoryKib > MAX_ARGON2_MEMORY_KIB) {
      return Optional.of(
          "Argon2 memory of %d KiB: must be %d to %d"
              .formatted(memoryKib, MIN_ARGON2_MEMORY_KIB, MAX_ARGON2_MEMORY_KIB));
    }
    if (lanes < 1 || lanes > MAX_ARGON2_LANES) {
      return Optional.of("Argon2 lanes %d: must be 1 to %d".formatted(lanes, MAX_ARGON2_LANES));
    }
    if (memoryKib < KIB_PER_LANE * lanes) {
      return Optional.of(
          "Argon2 memory of %d KiB: must be %d per lane".formatted(memoryKib, KIB_PER_LANE));
    }
    long most = MAX_ARGON2_KIB_PASSES / memoryKib;
    if (timeCost < 1 || timeCost > most) {
      return Optional.of(
          "Argon2 time cost %d: must be 1 to %d with %d KiB".formatted(timeCost, most, memoryKib));
    }
    return Optional.empty();
  }

  /** For parameters that a program chose: a broken rule is a programming mistake. */
  static void check(Optional<String> broken) {
    if (broken.isPresent()) {
      throw new OptionException(broken.get());
    }
  }
}
