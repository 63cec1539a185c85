package org.secretfs.crypto;

import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Which provider is fastest, for each sector size, measured once in a thread of its own: loading
 * the Corretto provider alone takes longer than the measuring, and no request should wait for it.
 */
final class ProviderChoice {
  private static final Duration LEAST = Duration.ofMillis(50);
  private static final Duration MOST = Duration.ofSeconds(2);

  private final List<SectorCipherProvider> providers;
  private final long worthwhileBytes;
  private final Map<Integer, CompletableFuture<List<SectorCipherProvider>>> rankings =
      new ConcurrentHashMap<>();

  /**
   * A choice among providers.
   *
   * @param worthwhileBytes what a cipher has to have encrypted to be worth measuring for
   */
  ProviderChoice(List<SectorCipherProvider> providers, long worthwhileBytes) {
    this.providers = providers;
    this.worthwhileBytes = worthwhileBytes;
  }

  boolean isWorthwhile(long bytes) {
    return bytes >= worthwhileBytes;
  }

  /** The available providers, fastest first, once they are measured; does not start measuring. */
  Optional<List<SectorCipherProvider>> known(int sectorSize) {
    CompletableFuture<List<SectorCipherProvider>> ranking = rankings.get(sectorSize);
    return ranking == null || !ranking.isDone() || ranking.isCompletedExceptionally()
        ? Optional.empty()
        : Optional.of(ranking.join());
  }

  /** The same, measured and waited for unless that has been done before. */
  List<SectorCipherProvider> ranking(int sectorSize) {
    startMeasuring(sectorSize);
    return Objects.requireNonNull(rankings.get(sectorSize)).join();
  }

  boolean isStarted(int sectorSize) {
    return rankings.containsKey(sectorSize);
  }

  /** Starts measuring unless that has been done before. */
  void startMeasuring(int sectorSize) {
    rankings.computeIfAbsent(sectorSize, this::measureInBackground);
  }

  private CompletableFuture<List<SectorCipherProvider>> measureInBackground(int sectorSize) {
    return CompletableFuture.supplyAsync(
        () -> rank(sectorSize), task -> Thread.ofPlatform().daemon().name("ciphers").start(task));
  }

  private List<SectorCipherProvider> rank(int sectorSize) {
    List<Measurement> figures = ProviderRace.run(providers, sectorSize, LEAST, MOST);
    return figures.stream()
        .filter(figure -> figure.bytesPerSecond().isPresent())
        .sorted(Comparator.comparingDouble(ProviderChoice::rate).reversed())
        .map(figure -> byName(figure.provider()))
        .toList();
  }

  private static double rate(Measurement figure) {
    return figure.bytesPerSecond().orElse(0);
  }

  private SectorCipherProvider byName(String name) {
    return providers.stream().filter(p -> p.name().equals(name)).findFirst().orElseThrow();
  }

  /** The first that takes {@code key}. */
  static SectorCipherProvider firstFor(SecretBuffer key, List<SectorCipherProvider> ranking) {
    return ranking.stream().filter(p -> p.refusesBecause(key).isEmpty()).findFirst().orElseThrow();
  }
}
