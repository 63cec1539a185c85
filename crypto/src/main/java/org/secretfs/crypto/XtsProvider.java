package org.secretfs.crypto;

import java.util.Optional;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.failure.OptionException;

/** What the providers share: the rules for keys and sizes. */
abstract class XtsProvider implements SectorCipherProvider {
  private static final int SMALLEST_SECTOR_BYTES = 512;
  private static final int LARGEST_SECTOR_BYTES = 4096;

  @Override
  public final SectorCipher aesXts(SecretBuffer key, int sectorSize) {
    requireSectorSize(sectorSize);
    return cipher(key, sectorSize);
  }

  /** As {@link #aesXts} for data units of any whole number of AES blocks, as test vectors have. */
  final SectorCipher cipher(SecretBuffer key, int unitBytes) {
    XtsKey.requireLength(key.length());
    unavailableBecause().ifPresent(reason -> fail(new IllegalStateException(because(reason))));
    refusesBecause(key).ifPresent(reason -> fail(new IllegalArgumentException(because(reason))));
    String algorithm = "AES-%d-XTS".formatted(key.length() * Byte.SIZE / 2);
    return new PooledCipher(algorithm, name(), key, unitBytes, this::newContext);
  }

  /** Returns a context with the key; does not keep {@code key}. */
  abstract SectorContext newContext(SecretBuffer key);

  @Override
  public Optional<String> refusesBecause(SecretBuffer key) {
    return Optional.empty();
  }

  private String because(String reason) {
    return "cipher provider %s: %s".formatted(name(), reason);
  }

  private static void fail(RuntimeException failure) {
    throw failure;
  }

  static void requireSectorSize(int sectorSize) {
    if (sectorSize < SMALLEST_SECTOR_BYTES
        || sectorSize > LARGEST_SECTOR_BYTES
        || Integer.bitCount(sectorSize) != 1) {
      throw new OptionException(
          "sector size %d: must be 512, 1024, 2048 or 4096".formatted(sectorSize));
    }
  }

  @Override
  public final String toString() {
    return name();
  }
}
