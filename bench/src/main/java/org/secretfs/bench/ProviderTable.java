package org.secretfs.bench;

import java.time.Duration;
import org.secretfs.crypto.Measurement;
import org.secretfs.crypto.SectorCiphers;

/**
 * Prints how fast every cipher provider is at every sector size, as the engine itself measures it:
 * each provider's best turn of half a millisecond, which a busy machine disturbs little.
 *
 * <p>Run with {@code java --enable-native-access=ALL-UNNAMED -cp bench/target/benchmarks.jar
 * org.secretfs.bench.ProviderTable}.
 */
public final class ProviderTable {
  private static final Duration BUDGET = Duration.ofSeconds(3);
  private static final int[] SECTOR_SIZES = {512, 1024, 2048, 4096};

  private ProviderTable() {}

  public static void main(String[] args) {
    for (int sectorSize : SECTOR_SIZES) {
      SectorCiphers.measure(sectorSize, BUDGET).forEach(ProviderTable::print);
    }
  }

  private static void print(Measurement figure) {
    String result =
        figure.bytesPerSecond().isPresent()
            ? "%.2f GB/s".formatted(figure.bytesPerSecond().getAsDouble() / 1e9)
            : figure.unavailable().orElse("");
    System.out.printf("%4d  %-13s  %s%n", figure.sectorSize(), figure.provider(), result);
  }
}
