package org.secretfs.crypto;

import java.util.Objects;
import java.util.function.Function;
import org.secretfs.crypto.memory.SecretBuffer;

/** A sector cipher that lends one of its contexts to every call. */
final class PooledCipher implements SectorCipher {
  private static final int TWEAK_UNIT_BYTES = 512;

  private final String algorithm;
  private final String provider;
  private final int unitBytes;
  private final SecretBuffer key;
  private final ContextPool<SectorContext> contexts;

  /**
   * Copies {@code key}, so that its owner may close it at once.
   *
   * @param algorithm what {@link #toString} calls the cipher
   */
  PooledCipher(
      String algorithm,
      String provider,
      SecretBuffer key,
      int unitBytes,
      Function<SecretBuffer, ? extends SectorContext> factory) {
    this.algorithm = algorithm;
    this.provider = provider;
    this.unitBytes = unitBytes;
    this.key = key.slice(0, key.length());
    this.contexts = new ContextPool<>(() -> factory.apply(this.key));
  }

  @Override
  public int sectorSize() {
    return unitBytes;
  }

  @Override
  public String provider() {
    return provider;
  }

  @Override
  public void encrypt(byte[] data, int offset, int length, long firstTweak) {
    run(true, data, offset, length, firstTweak);
  }

  @Override
  public void decrypt(byte[] data, int offset, int length, long firstTweak) {
    run(false, data, offset, length, firstTweak);
  }

  private void run(boolean encrypt, byte[] data, int offset, int length, long firstTweak) {
    Objects.checkFromIndexSize(offset, length, data.length);
    requireWholeSectors(length);
    SectorContext context = contexts.take();
    try {
      int step = Math.max(1, unitBytes / TWEAK_UNIT_BYTES);
      context.run(encrypt, data, offset, length, unitBytes, firstTweak, step);
    } finally {
      contexts.give(context);
    }
  }

  private void requireWholeSectors(int length) {
    if (length % unitBytes != 0) {
      throw new IllegalArgumentException(
          "%d bytes: must be a multiple of the sector size, %d".formatted(length, unitBytes));
    }
  }

  @Override
  public void close() {
    contexts.close();
    key.close();
  }

  @Override
  public String toString() {
    return "%s[%s, %d-byte sectors]".formatted(algorithm, provider, unitBytes);
  }
}
