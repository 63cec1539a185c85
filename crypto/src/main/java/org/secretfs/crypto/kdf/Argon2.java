package org.secretfs.crypto.kdf;

import java.time.Duration;
import java.util.Optional;
import org.bouncycastle.crypto.generators.Argon2BytesGenerator;
import org.bouncycastle.crypto.params.Argon2Parameters;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.foreign.LibArgon2;
import org.secretfs.crypto.memory.BorrowsSecret;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Argon2 version 1.3 over raw passphrase bytes. By libargon2 where it is installed, otherwise by
 * Bouncy Castle, which uses one thread and the Java heap.
 *
 * @spec https://www.rfc-editor.org/rfc/rfc9106 RFC 9106
 */
public final class Argon2 {
  /** The most memory that one derivation may take, in KiB: 4 GiB, as LUKS2 has it. */
  public static final int MAX_MEMORY_KIB = 4 * 1024 * 1024;

  /** The most lanes. */
  public static final int MAX_LANES = 64;

  /** The most bytes that are derived. */
  public static final int MAX_LENGTH_BYTES = 1024;

  private Argon2() {}

  /** Which addressing. */
  public enum Variant {
    /** Independent of the passphrase. */
    ARGON2I(Argon2Parameters.ARGON2_i),
    /** Half independent, half dependent; the one to choose. */
    ARGON2ID(Argon2Parameters.ARGON2_id);

    /** The type number, the same in the RFC, libargon2 and Bouncy Castle. */
    private final int type;

    Variant(int type) {
      this.type = type;
    }

    int type() {
      return type;
    }
  }

  /**
   * What a derivation costs.
   *
   * @param timeCost passes over the memory, 1 or more
   * @param memoryKib memory in KiB, 8 per lane to {@link #MAX_MEMORY_KIB}
   * @param lanes threads, 1 to {@link #MAX_LANES}
   */
  public record Cost(int timeCost, int memoryKib, int lanes) {}

  /**
   * Derives a key. Takes {@code memoryKib} of memory, which is checked against what the machine has
   * before it is allocated, and time in proportion to memory and {@code timeCost}; cannot be
   * interrupted.
   *
   * @param passphrase the raw bytes, not kept
   * @param salt 8 bytes or more
   * @param timeCost passes, 1 or more; a caller that reads it from a header bounds it
   * @param memoryKib 8 per lane to {@link #MAX_MEMORY_KIB}
   * @param lanes 1 to {@link #MAX_LANES}
   * @param lengthBytes 4 to {@link #MAX_LENGTH_BYTES}
   * @return a new secret that the caller closes
   * @throws CryptoException.LimitExceeded if a number is out of range
   * @throws CryptoException.NotEnoughMemory if the machine has too little memory free
   * @throws CryptoException.NativeCallFailed if libargon2 refuses
   */
  public static SecretBuffer derive(
      Variant variant,
      SecretBuffer passphrase,
      byte[] salt,
      int timeCost,
      int memoryKib,
      int lanes,
      int lengthBytes)
      throws CryptoException {
    Argon2Input input =
        Argon2Input.of(variant, salt, new Cost(timeCost, memoryKib, lanes), lengthBytes);
    Optional<LibArgon2> library = LibArgon2.find();
    return library.isPresent()
        ? deriveNatively(library.get(), input, passphrase)
        : deriveInJava(input, passphrase);
  }

  static SecretBuffer deriveNatively(LibArgon2 library, Argon2Input input, SecretBuffer passphrase)
      throws CryptoException {
    MemoryRoom.requireSystem(input.cost().memoryKib());
    SecretBuffer derived = SecretBuffer.allocate(input.lengthBytes());
    int status =
        library.derive(
            input.variant().type(),
            passphrase.segment(),
            input.salt(),
            input.pepper(),
            input.context(),
            input.cost().timeCost(),
            input.cost().memoryKib(),
            input.cost().lanes(),
            derived.segment());
    if (status == LibArgon2.OK) {
      return derived;
    }
    derived.close();
    throw failure(status, input.cost());
  }

  private static CryptoException failure(int status, Cost cost) {
    return status == LibArgon2.MEMORY_ALLOCATION_ERROR
        ? new CryptoException.NotEnoughMemory(
            "key derivation needs %d KiB: the kernel refused them".formatted(cost.memoryKib()))
        : new CryptoException.NativeCallFailed(
            "libargon2 refused %s with error %d".formatted(cost, status));
  }

  @BorrowsSecret(because = "Bouncy Castle takes arrays")
  static SecretBuffer deriveInJava(Argon2Input input, SecretBuffer passphrase)
      throws CryptoException {
    MemoryRoom.requireHeap(input.cost().memoryKib());
    Argon2BytesGenerator generator = new Argon2BytesGenerator();
    generator.init(input.forBouncyCastle());
    byte[] derived = new byte[input.lengthBytes()];
    passphrase.borrow(bytes -> generator.generateBytes(bytes, derived));
    return SecretBuffer.takeFrom(derived);
  }

  /**
   * Returns costs that take about {@code target} on this machine now: as much memory as is allowed
   * and fits, then passes, at least 4, as cryptsetup chooses. Takes about one {@code target}.
   *
   * @param maxMemoryKib the most memory, 8 per lane to {@link #MAX_MEMORY_KIB}
   * @param maxLanes the most lanes; no more than there are processors are used, and at most 4
   */
  public static Cost benchmark(Duration target, int maxMemoryKib, int maxLanes)
      throws CryptoException {
    return Argon2Benchmark.run(target, maxMemoryKib, maxLanes);
  }
}
