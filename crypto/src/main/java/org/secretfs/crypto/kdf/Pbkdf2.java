package org.secretfs.crypto.kdf;

import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.Optional;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.params.KeyParameter;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.foreign.LibCrypto;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * PBKDF2 with HMAC over raw passphrase bytes. By libcrypto where it is installed and has the hash,
 * otherwise by Bouncy Castle.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc8018 RFC 8018 §5.2
 */
public final class Pbkdf2 {
  /** The most bytes that are derived: what LUKS may ask for, with room. */
  public static final int MAX_LENGTH_BYTES = 1024;

  private static final int BENCHMARK_LENGTH_BYTES = 32;
  private static final int BENCHMARK_SALT_BYTES = 32;
  private static final int FIRST_ROUND_ITERATIONS = 4096;
  private static final long ROUND_NANOS = Duration.ofMillis(80).toNanos();

  private Pbkdf2() {}

  /**
   * Derives a key. Takes time in proportion to {@code iterations} and to the number of hash values
   * in {@code lengthBytes}; cannot be interrupted.
   *
   * @param passphrase the raw bytes, not kept
   * @param salt any length, also empty
   * @param iterations 1 or more; a caller that reads it from a header bounds it
   * @param lengthBytes 1 to {@link #MAX_LENGTH_BYTES}
   * @return a new secret that the caller closes
   * @throws CryptoException.LimitExceeded if a number is out of range
   * @throws CryptoException.NativeCallFailed if libcrypto refuses
   */
  public static SecretBuffer derive(
      HashAlgorithm hash, SecretBuffer passphrase, byte[] salt, int iterations, int lengthBytes)
      throws CryptoException {
    if (iterations < 1 || lengthBytes < 1 || lengthBytes > MAX_LENGTH_BYTES) {
      throw new CryptoException.LimitExceeded(
          "PBKDF2 with %d iterations for %d bytes: at least 1 iteration, 1 to %d bytes"
              .formatted(iterations, lengthBytes, MAX_LENGTH_BYTES));
    }
    Optional<MemorySegment> digest = hash.nativeDigest();
    return digest.isPresent()
        ? deriveNatively(digest.get(), passphrase, salt, iterations, lengthBytes)
        : deriveInJava(hash, passphrase, salt, iterations, lengthBytes);
  }

  private static SecretBuffer deriveNatively(
      MemorySegment digest, SecretBuffer passphrase, byte[] salt, int iterations, int lengthBytes)
      throws CryptoException.NativeCallFailed {
    SecretBuffer derived = SecretBuffer.allocate(lengthBytes);
    LibCrypto library = LibCrypto.find().orElseThrow();
    if (library.pbkdf2(digest, passphrase.segment(), salt, iterations, derived.segment())) {
      return derived;
    }
    derived.close();
    throw new CryptoException.NativeCallFailed(
        "libcrypto refused PBKDF2 with %d iterations for %d bytes"
            .formatted(iterations, lengthBytes));
  }

  @BorrowsSecret(because = "Bouncy Castle takes arrays")
  static SecretBuffer deriveInJava(
      HashAlgorithm hash, SecretBuffer passphrase, byte[] salt, int iterations, int lengthBytes) {
    PKCS5S2ParametersGenerator generator =
        new PKCS5S2ParametersGenerator(hash.newLightweightDigest());
    return passphrase.borrow(bytes -> {
      generator.init(bytes, salt, iterations);
      KeyParameter derived =
          (KeyParameter) generator.generateDerivedMacParameters(lengthBytes * Byte.SIZE);
      return SecretBuffer.takeFrom(derived.getKey());
    });
  }

  /**
   * Returns how many iterations for a 32-byte key take about {@code target} on this machine now.
   * Takes about 0.2 seconds.
   *
   * @return at least 1000, LUKS's least
   */
  public static int benchmark(HashAlgorithm hash, Duration target) throws CryptoException {
    int iterations = FIRST_ROUND_ITERATIONS;
    long elapsed = time(hash, iterations);
    while (elapsed < ROUND_NANOS && iterations < Integer.MAX_VALUE / 4) {
      iterations *= elapsed < ROUND_NANOS / 4 ? 4 : 2;
      elapsed = time(hash, iterations);
    }
    double wanted = (double) iterations * target.toNanos() / elapsed;
    return (int) Math.clamp(wanted, LEAST_ITERATIONS, Integer.MAX_VALUE);
  }

  /** The least iterations that LUKS2 allows. */
  public static final int LEAST_ITERATIONS = 1000;

  private static long time(HashAlgorithm hash, int iterations) throws CryptoException {
    try (SecretBuffer passphrase = SecretBuffer.allocate(BENCHMARK_LENGTH_BYTES)) {
      long start = System.nanoTime();
      derive(hash, passphrase, new byte[BENCHMARK_SALT_BYTES], iterations, BENCHMARK_LENGTH_BYTES)
          .close();
      return System.nanoTime() - start;
    }
  }
}
