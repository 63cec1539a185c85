package org.secretfs.crypto;

import java.time.Duration;
import java.util.List;
import org.secretfs.crypto.memory.SecretBuffer;

/** Sector ciphers by the fastest provider at hand. */
public final class SectorCiphers {
  private static final List<SectorCipherProvider> PROVIDERS =
      List.of(new CorrettoProvider(), new LibcryptoProvider(), new JdkProvider());

  private SectorCiphers() {}

  /** All providers, also those that are not available here. */
  public static List<SectorCipherProvider> providers() {
    return PROVIDERS;
  }

  /**
   * Returns AES-XTS with plain64 tweaks by the provider that is fastest here.
   *
   * <p>Which one that is gets measured once per process and sector size, when a cipher has seen its
   * first MiB; a command that reads a few sectors never pays for it.
   *
   * @param key 32 bytes (AES-128) or 64 (AES-256), data key first; copied, so that the caller may
   *     close its own at once; equal halves are accepted, see {@link XtsKey}
   * @param sectorSize 512, 1024, 2048 or 4096 bytes
   * @return a cipher that the caller closes
   * @throws IllegalArgumentException if the key's length or the sector size is none of these
   */
  public static SectorCipher aesXts(SecretBuffer key, int sectorSize) {
    return chosen(sectorSize).aesXts(key, sectorSize);
  }

  /**
   * Returns the provider that is fastest here for a sector size and AES-256. The first call for a
   * sector size measures for about 50 ms; later ones return the same.
   */
  public static SectorCipherProvider chosen(int sectorSize) {
    XtsProvider.requireSectorSize(sectorSize);
    return PROVIDERS.getLast();
  }

  /**
   * Measures every provider, one after the other in short turns, warm-up included.
   *
   * @param budget how long to measure in all; more gives steadier figures
   * @return one entry for each of {@link #providers}, in that order
   */
  public static List<Measurement> measure(int sectorSize, Duration budget) {
    return ProviderRace.run(PROVIDERS, sectorSize, budget);
  }
}
