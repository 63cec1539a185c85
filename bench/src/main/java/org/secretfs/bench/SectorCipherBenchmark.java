package org.secretfs.bench;

import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.secretfs.crypto.SectorCipher;
import org.secretfs.crypto.SectorCiphers;
import org.secretfs.crypto.XtsKey;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * AES-256-XTS of one request in place, by each provider. A score is requests per millisecond.
 *
 * <p>Run with {@code java -jar bench/target/benchmarks.jar SectorCipher -rf json}.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(value = 1, jvmArgsAppend = "--enable-native-access=ALL-UNNAMED")
@Warmup(iterations = 3, time = 500, timeUnit = TimeUnit.MILLISECONDS)
@Measurement(iterations = 5, time = 500, timeUnit = TimeUnit.MILLISECONDS)
public class SectorCipherBenchmark {
  /** Name of the provider. */
  @Param({"corretto", "libcrypto", "libcrypto-ecb", "libgcrypt", "jdk"})
  public String provider = "";

  /** Bytes per sector. */
  @Param({"512", "4096"})
  public int sectorSize;

  /** Bytes per request. */
  @Param({"4096", "65536", "1048576"})
  public int requestBytes;

  private byte[] data = {};
  private Optional<SectorCipher> cipher = Optional.empty();
  private long tweak;

  @Setup(Level.Trial)
  public void open() {
    data = new byte[requestBytes];
    try (SecretBuffer key = XtsKey.random(XtsKey.AES_256_BYTES)) {
      cipher =
          Optional.of(
              SectorCiphers.providers().stream()
                  .filter(p -> p.name().equals(provider))
                  .findFirst()
                  .orElseThrow()
                  .aesXts(key, sectorSize));
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    cipher.orElseThrow().close();
  }

  @Benchmark
  public byte[] encrypt() {
    cipher.orElseThrow().encrypt(data, 0, requestBytes, tweak);
    tweak += requestBytes >> 9;
    return data;
  }

  @Benchmark
  public byte[] decrypt() {
    cipher.orElseThrow().decrypt(data, 0, requestBytes, tweak);
    tweak += requestBytes >> 9;
    return data;
  }
}
