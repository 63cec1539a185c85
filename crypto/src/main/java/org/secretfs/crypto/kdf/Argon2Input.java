package org.secretfs.crypto.kdf;

import org.bouncycastle.crypto.params.Argon2Parameters;
import org.secretfs.crypto.CryptoException;

/**
 * The inputs of one derivation that are not secret, checked. {@code pepper} and {@code context} are
 * the RFC's secret value and associated data: LUKS has neither, the RFC's vectors have both.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared; made and used within one call
record Argon2Input(
    Argon2.Variant variant,
    byte[] salt,
    Argon2.Cost cost,
    int lengthBytes,
    byte[] pepper,
    byte[] context) {
  private static final int LEAST_SALT_BYTES = 8;
  private static final int LEAST_LENGTH_BYTES = 4;
  private static final int LEAST_KIB_PER_LANE = 8;
  private static final byte[] NONE = {};

  static Argon2Input of(Argon2.Variant variant, byte[] salt, Argon2.Cost cost, int lengthBytes)
      throws CryptoException.LimitExceeded {
    requireRange("salt bytes", salt.length, LEAST_SALT_BYTES, Integer.MAX_VALUE);
    requireRange("bytes to derive", lengthBytes, LEAST_LENGTH_BYTES, Argon2.MAX_LENGTH_BYTES);
    requireRange("passes", cost.timeCost(), 1, Integer.MAX_VALUE);
    requireRange("lanes", cost.lanes(), 1, Argon2.MAX_LANES);
    requireRange(
        "memory in KiB",
        cost.memoryKib(),
        LEAST_KIB_PER_LANE * cost.lanes(),
        Argon2.MAX_MEMORY_KIB);
    return new Argon2Input(variant, salt, cost, lengthBytes, NONE, NONE);
  }

  private static void requireRange(String what, int value, int least, int most)
      throws CryptoException.LimitExceeded {
    if (value < least || value > most) {
      throw new CryptoException.LimitExceeded(
          "Argon2 %s: %d is not %d to %d".formatted(what, value, least, most));
    }
  }

  Argon2Parameters forBouncyCastle() {
    return new Argon2Parameters.Builder(variant.type())
        .withVersion(Argon2Parameters.ARGON2_VERSION_13)
        .withSalt(salt)
        .withSecret(pepper)
        .withAdditional(context)
        .withIterations(cost.timeCost())
        .withMemoryAsKB(cost.memoryKib())
        .withParallelism(cost.lanes())
        .build();
  }
}
