package org.secretfs.crypto;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.secretfs.crypto.memory.SecretBuffer;

/** Sector ciphers by the fastest provider at hand. */
public final class SectorCiphers {
  /** Measuring costs about a second of a processor, more than there is to gain with less. */
  private static final long WORTHWHILE_BYTES = 1 << 30;

  private static final SectorCipherProvider JDK = new JdkProvider();
  private static final SectorCipherProvider GCRYPT = new GcryptProvider();
  private static final SectorCipherProvider LIBCRYPTO_ECB =
      new LibcryptoProvider(LibcryptoProvider.Mode.ECB);
  private static final List<SectorCipherProvider> PROVIDERS =
      List.of(
          new CorrettoProvider(),
          new LibcryptoProvider(LibcryptoProvider.Mode.XTS),
          LIBCRYPTO_ECB,
          GCRYPT,
          JDK);
  private static final List<BlockCiphers> OTHER_CIPHERS =
      List.of(new GcryptCiphers(), new BouncyCastleCiphers());
  private static final ProviderChoice CHOICE = new ProviderChoice(PROVIDERS, WORTHWHILE_BYTES);

  private SectorCiphers() {}

  /** All providers, also those that are not available here. */
  public static List<SectorCipherProvider> providers() {
    return PROVIDERS;
  }

  /**
   * Returns the cipher for a volume: AES-XTS as {@link #aesXts} does, every other by libgcrypt
   * where it is installed, otherwise by Bouncy Castle.
   *
   * @param key of a length that the cipher takes; copied, so that the caller may close its own at
   *     once
   * @param sectorSize 512, 1024, 2048 or 4096 bytes
   * @return a cipher that the caller closes
   * @throws IllegalArgumentException if the key's length or the sector size is none of these
   */
  public static SectorCipher of(CipherSpec spec, SecretBuffer key, int sectorSize) {
    XtsProvider.requireSectorSize(sectorSize);
    spec.requireKeyLength(key.length());
    if (spec.algorithm() == CipherSpec.Algorithm.AES && spec.mode() == CipherSpec.Mode.XTS) {
      SectorCipher cipher = aesXts(key, sectorSize);
      return spec.iv() == CipherSpec.Iv.PLAIN ? new PlainNumbers(cipher) : cipher;
    }
    return OTHER_CIPHERS.stream()
        .filter(ciphers -> ciphers.unavailableBecause(spec, key.length()).isEmpty())
        .findFirst()
        .orElseThrow()
        .cipher(spec, key, sectorSize);
  }

  /**
   * Returns AES-XTS with plain64 tweaks by the provider that is fastest here.
   *
   * <p>Which one that is gets measured once per process and sector size, in the background, when a
   * cipher has seen its first GiB; until it is known a provider that loads quickly serves. A
   * command that reads a few sectors never pays for it, and no request waits for it.
   *
   * @param key 32 bytes (AES-128) or 64 (AES-256), data key first; copied, so that the caller may
   *     close its own at once; equal halves are accepted, see {@link XtsKey}
   * @param sectorSize 512, 1024, 2048 or 4096 bytes
   * @return a cipher that the caller closes
   * @throws IllegalArgumentException if the key's length or the sector size is none of these
   */
  public static SectorCipher aesXts(SecretBuffer key, int sectorSize) {
    XtsProvider.requireSectorSize(sectorSize);
    XtsKey.requireLength(key.length());
    Optional<List<SectorCipherProvider>> ranking = CHOICE.known(sectorSize);
    return ranking.isPresent()
        ? ProviderChoice.firstFor(key, ranking.get()).aesXts(key, sectorSize)
        : new AdaptiveCipher(CHOICE, quickToLoad(), key, sectorSize);
  }

  private static SectorCipherProvider quickToLoad() {
    return Stream.of(GCRYPT, LIBCRYPTO_ECB)
        .filter(provider -> provider.unavailableBecause().isEmpty())
        .findFirst()
        .orElse(JDK);
  }

  /**
   * Returns the provider that is fastest here for a sector size and AES-256. The first call for a
   * sector size loads every provider and measures until the figures are steady, 0.2 seconds or so
   * and 2 at most; later ones return the same.
   *
   * @throws IllegalArgumentException if the sector size is not 512, 1024, 2048 or 4096
   */
  public static SectorCipherProvider chosen(int sectorSize) {
    XtsProvider.requireSectorSize(sectorSize);
    return CHOICE.ranking(sectorSize).getFirst();
  }

  /**
   * Measures every provider, in short turns one after the other, warm-up included.
   *
   * @param sectorSize 512, 1024, 2048 or 4096 bytes
   * @param budget how long to measure in all; more gives steadier figures
   * @return one entry for each of {@link #providers}, in that order
   */
  public static List<Measurement> measure(int sectorSize, Duration budget) {
    return ProviderRace.run(PROVIDERS, sectorSize, budget, budget);
  }
}
