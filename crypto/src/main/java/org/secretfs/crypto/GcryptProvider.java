package org.secretfs.crypto;

import java.util.Optional;
import org.secretfs.crypto.foreign.LibGcrypt;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * AES-XTS by libgcrypt, which since 1.10 uses the processor's instructions for two AES blocks at
 * once (VAES with AVX2) and is set up for a sector in a few nanoseconds.
 */
final class GcryptProvider extends XtsProvider {
  private static final int AES_128 = 7;
  private static final int AES_256 = 9;

  @Override
  public String name() {
    return "libgcrypt";
  }

  @Override
  public Optional<String> unavailableBecause() {
    return LibGcrypt.find().filter(l -> l.has(AES_256, LibGcrypt.Mode.XTS)).isPresent()
        ? Optional.empty()
        : Optional.of("no libgcrypt.so.20 with AES-XTS on this machine");
  }

  /** In FIPS mode the library takes no key of equal halves. */
  @Override
  public Optional<String> refusesBecause(SecretBuffer key) {
    if (!XtsKey.hasEqualHalves(key)) {
      return Optional.empty();
    }
    try {
      newContext(key).close();
      return Optional.empty();
    } catch (IllegalArgumentException refused) {
      return Optional.of("libgcrypt in FIPS mode takes no XTS key of equal halves");
    }
  }

  @Override
  SectorContext newContext(SecretBuffer key) {
    int cipher = key.length() == XtsKey.AES_128_BYTES ? AES_128 : AES_256;
    return GcryptContext.plain(LibGcrypt.find().orElseThrow(), LibGcrypt.Mode.XTS, cipher, key);
  }
}
