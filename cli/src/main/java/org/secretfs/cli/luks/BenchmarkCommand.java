package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.secretfs.cli.output.Output;
import org.secretfs.crypto.CipherSpec;
import org.secretfs.crypto.CryptoException;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.kdf.Argon2;
import org.secretfs.crypto.kdf.HashAlgorithm;
import org.secretfs.crypto.kdf.Pbkdf2;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures this machine. */
@Command(
    name = "benchmark",
    mixinStandardHelpOptions = true,
    description = {
      "Measures key derivations and ciphers of this machine, in memory and in one thread: all that",
      "are usual, or those named by --cipher, --hash or --pbkdf. Approximate.",
    },
    footer = {
      "",
      "Examples:",
      "  secretfs luks benchmark",
      "  secretfs luks benchmark --cipher twofish-xts-plain64 --key-size 512",
      "  secretfs luks benchmark --pbkdf argon2id --iter-time 1000",
    })
final class BenchmarkCommand extends LuksAction {
  private static final List<String> HASHES =
      List.of("sha1", "sha256", "sha512", "ripemd160", "whirlpool");
  private static final List<String> XTS =
      List.of("aes-xts-plain64", "twofish-xts-plain64", "serpent-xts-plain64");
  private static final List<String> CBC =
      List.of("aes-cbc-essiv:sha256", "twofish-cbc-essiv:sha256", "serpent-cbc-essiv:sha256");
  private static final int BUFFER_BYTES = 1 << 20;
  private static final Duration WARM_UP = Duration.ofMillis(100);
  private static final double MIB = 1 << 20;

  @Mixin private KdfOptions kdf = new KdfOptions();

  @Option(
      names = {"-c", "--cipher"},
      paramLabel = "CIPHER",
      description = "Measure this cipher only.")
  private @Nullable String cipher;

  @Option(
      names = {"-s", "--key-size"},
      paramLabel = "BITS",
      description = "With --cipher: its key size (default: the longest).")
  private @Nullable Integer keySizeBits;

  @Option(
      names = {"--hash"},
      paramLabel = "HASH",
      description = "Measure PBKDF2 with this hash only.")
  private @Nullable String hash;

  @Option(
      names = "--sector-size",
      paramLabel = "BYTES",
      defaultValue = "4096",
      description = "The sectors that ciphers are measured on (default: ${DEFAULT-VALUE}).")
  private int sectorSize = 4096;

  @Option(
      names = "--cipher-time",
      paramLabel = "MS",
      defaultValue = "200",
      description = "How long to measure each cipher each way (default: ${DEFAULT-VALUE}).")
  private int cipherMillis = 200;

  BenchmarkCommand(Output output) {
    super(output);
  }

  @Override
  ObjectNode run() throws SecretfsException {
    boolean some = cipher != null || hash != null || kdf.isNamed();
    ObjectNode facts = Output.object();
    ArrayNode derivations = facts.putArray("pbkdf");
    if (!some || hash != null || kdf.names("pbkdf2")) {
      for (String each : hash == null ? HASHES : List.of(hash)) {
        derivations.add(pbkdf2(each));
      }
    }
    for (String each : List.of("argon2i", "argon2id")) {
      if (!some || kdf.names(each)) {
        derivations.add(argon2(each));
      }
    }
    ArrayNode ciphers = facts.putArray("ciphers");
    if (cipher != null) {
      CipherSpec spec = CipherName.parse("--cipher", cipher);
      ciphers.add(
          measure(spec, keySizeBits == null ? spec.longestKeyBytes() * Byte.SIZE : keySizeBits));
    } else if (!some) {
      usual(ciphers);
    }
    return facts;
  }

  private void usual(ArrayNode ciphers) throws CryptoException {
    for (int bits : new int[] {128, 256}) {
      for (String each : CBC) {
        ciphers.add(measure(CipherSpec.parse(each), bits));
      }
    }
    for (int bits : new int[] {256, 512}) {
      for (String each : XTS) {
        ciphers.add(measure(CipherSpec.parse(each), bits));
      }
    }
  }

  private static ObjectNode pbkdf2(String name) throws CryptoException {
    HashAlgorithm algorithm =
        HashAlgorithm.ofLuksName(name)
            .orElseThrow(() -> new OptionException("--hash %s: is not known".formatted(name)));
    return Output.object()
        .put("kdf", "pbkdf2")
        .put("hash", name)
        .put("iterations_per_second", Pbkdf2.benchmark(algorithm, Duration.ofSeconds(1)));
  }

  /** Both kinds cost the same: they differ in the order in which memory is read. */
  private ObjectNode argon2(String name) throws CryptoException {
    Argon2.Cost cost = kdf.argon2Cost();
    return Output.object()
        .put("kdf", name)
        .put("time_cost", cost.timeCost())
        .put("memory", cost.memoryKib())
        .put("lanes", cost.lanes())
        .put("requested_ms", kdf.target().toMillis());
  }

  private ObjectNode measure(CipherSpec spec, int bits) {
    if (bits % Byte.SIZE != 0 || !spec.takesKeyOf(bits / Byte.SIZE)) {
      throw new OptionException(
          "--key-size %d: %s takes %s bytes".formatted(bits, spec, spec.keySizesBytes()));
    }
    try (Arena arena = Arena.ofConfined();
        VolumeKey key = VolumeKey.random(bits / Byte.SIZE);
        SectorCipher measured = SectorCiphers.of(spec, key.secret(), sectorSize)) {
      MemorySegment data = arena.allocate(BUFFER_BYTES, sectorSize);
      return Output.object()
          .put("cipher", spec.dmCryptName())
          .put("key_size", bits)
          .put("sector_size", sectorSize)
          .put("encryption_bytes_per_second", rate(() -> measured.encrypt(data, 0)))
          .put("decryption_bytes_per_second", rate(() -> measured.decrypt(data, 0)))
          .put("provider", measured.provider());
    }
  }

  private long rate(Runnable work) {
    rate(work, WARM_UP);
    return rate(work, Duration.ofMillis(Math.max(1, cipherMillis)));
  }

  @com.google.errorprone.annotations.CanIgnoreReturnValue
  private static long rate(Runnable work, Duration time) {
    long start = System.nanoTime();
    long bytes = 0;
    long elapsed = 0;
    while (elapsed < time.toNanos()) {
      work.run();
      bytes += BUFFER_BYTES;
      elapsed = System.nanoTime() - start;
    }
    return Math.round(bytes * 1e9 / elapsed);
  }

  @Override
  void text(ObjectNode facts) {
    output().line("# Approximate, in memory, one thread (Argon2: as many as it has lanes).");
    facts.get("pbkdf").forEach(this::printDerivation);
    if (!facts.get("ciphers").isEmpty()) {
      output().line("# %-24s %5s %17s %17s", "Algorithm", "Key", "Encryption", "Decryption");
    }
    facts.get("ciphers").forEach(this::printCipher);
  }

  private void printDerivation(JsonNode one) {
    if (one.has("hash")) {
      output()
          .line(
              "PBKDF2-%-12s %12d iterations per second for 256-bit key",
              one.get("hash").asText(), one.get("iterations_per_second").asInt());
    } else {
      output()
          .line(
              "%-19s %12d iterations, %d memory, %d parallel threads (requested %d ms time)",
              one.get("kdf").asText(),
              one.get("time_cost").asInt(),
              one.get("memory").asInt(),
              one.get("lanes").asInt(),
              one.get("requested_ms").asInt());
    }
  }

  private void printCipher(JsonNode one) {
    output()
        .line(
            "  %-24s %4db %11.1f MiB/s %11.1f MiB/s",
            one.get("cipher").asText(),
            one.get("key_size").asInt(),
            one.get("encryption_bytes_per_second").asLong() / MIB,
            one.get("decryption_bytes_per_second").asLong() / MIB);
  }
}
