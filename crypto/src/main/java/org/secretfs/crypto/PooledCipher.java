package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;
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
  public void encrypt(MemorySegment data, long firstTweak) {
    run(true, data, firstTweak);
  }

  @Override
  public void decrypt(MemorySegment data, long firstTweak) {
    run(false, data, firstTweak);
  }

  private void run(boolean encrypt, MemorySegment data, long firstTweak) {
    requireWholeSectors(data.byteSize());
    SectorContext context = contexts.take();
    try {
      int step = Math.max(1, unitBytes / TWEAK_UNIT_BYTES);
      context.run(encrypt, data, unitBytes, firstTweak, step);
    } finally {
      contexts.give(context);
    }
  }

  private void requireWholeSectors(long length) {
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
