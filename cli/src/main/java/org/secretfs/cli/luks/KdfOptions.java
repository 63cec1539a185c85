package org.secretfs.cli.luks;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.kdf.Argon2;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.kdf.Pbkdf2;
import org.secretfs.failure.OptionException;
import org.secretfs.luks.KdfParameters;
import picocli.CommandLine.Option;

/** How a passphrase is stretched: stated, or measured so that it takes a stated time here. */
final class KdfOptions {
  private static final int DEFAULT_MEMORY_KIB = 1 << 20;
  private static final int DEFAULT_LANES = 4;
  private static final int DEFAULT_MILLIS = 2000;

  @Option(
      names = "--pbkdf",
      paramLabel = "KDF",
      description = "argon2id, argon2i or pbkdf2 (default: argon2id; LUKS1 has pbkdf2 only).")
  private @Nullable String kdf;

  @Option(
      names = "--pbkdf-memory",
      paramLabel = "KIB",
      description = "The most memory that Argon2 may take (default: 1048576, 1 GiB).")
  private int memoryKib = DEFAULT_MEMORY_KIB;

  @Option(
      names = "--pbkdf-parallel",
      paramLabel = "N",
      description = "The most threads of Argon2 (default: 4, at most the processors).")
  private int lanes = DEFAULT_LANES;

  @Option(
      names = {"-i", "--iter-time"},
      paramLabel = "MS",
      description = "How long unlocking takes on this machine, measured (default, or 0: 2000).")
  private int millis = DEFAULT_MILLIS;

  @Option(
      names = "--pbkdf-force-iterations",
      paramLabel = "N",
      description =
          "State the cost instead: iterations of PBKDF2 (1000 or more) or passes of Argon2.")
  private @Nullable Integer iterations;

  /**
   * The parameters, measured where they are not stated.
   *
   * @param hash of PBKDF2
   * @param fallback the function where none is named
   */
  KdfParameters choose(HashAlgorithm hash, String fallback) throws CryptoException {
    String chosen = (kdf == null ? fallback : kdf).toLowerCase(Locale.ROOT);
    return switch (chosen) {
      case "pbkdf2" -> new KdfParameters.Pbkdf2(hash.luksName(), pbkdf2Iterations(hash));
      case "argon2id" -> {
        Argon2.Cost cost = argon2Cost();
        yield new KdfParameters.Argon2id(cost.timeCost(), cost.memoryKib(), cost.lanes());
      }
      case "argon2i" -> {
        Argon2.Cost cost = argon2Cost();
        yield new KdfParameters.Argon2i(cost.timeCost(), cost.memoryKib(), cost.lanes());
      }
      default ->
          throw new OptionException(
              "--pbkdf %s: must be argon2id, argon2i or pbkdf2".formatted(chosen));
    };
  }

  private int pbkdf2Iterations(HashAlgorithm hash) throws CryptoException {
    return iterations == null ? Pbkdf2.benchmark(hash, target()) : iterations;
  }

  boolean isNamed() {
    return kdf != null;
  }

  /** Whether anything was asked for. */
  boolean isGiven() {
    return kdf != null
        || iterations != null
        || millis != DEFAULT_MILLIS
        || memoryKib != DEFAULT_MEMORY_KIB
        || lanes != DEFAULT_LANES;
  }

  /** Whether it was asked for by name. */
  boolean names(String function) {
    return function.equalsIgnoreCase(kdf);
  }

  /** How long unlocking shall take. */
  Duration target() {
    if (millis < 0) {
      throw new OptionException(
          "--iter-time %d: must be 0, for the default, or more".formatted(millis));
    }
    return Duration.ofMillis(millis == 0 ? DEFAULT_MILLIS : millis);
  }

  /** Passes, memory and lanes, measured where they are not stated. */
  Argon2.Cost argon2Cost() throws CryptoException {
    if (iterations == null) {
      return Argon2.benchmark(target(), memoryKib, lanes);
    }
    int processors = Runtime.getRuntime().availableProcessors();
    int most = lanes == DEFAULT_LANES ? Math.min(lanes, processors) : lanes;
    return new Argon2.Cost(iterations, memoryKib, most);
  }
}
