package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.secretfs.crypto.foreign.LibCrypto;
import org.secretfs.crypto.memory.SecretBuffer;

/** AES-XTS by OpenSSL 3, whose key schedules never touch the Java heap: its XTS, or its ECB. */
final class LibcryptoProvider extends XtsProvider {
  private final Mode mode;

  LibcryptoProvider(Mode mode) {
    this.mode = mode;
  }

  /** What of libcrypto is used. */
  enum Mode {
    /** Its AES-XTS, sector by sector. */
    XTS,
    /** Its AES-ECB over many sectors, with the tweaks made here. */
    ECB
  }

  @Override
  public String name() {
    return mode == Mode.XTS ? "libcrypto" : "libcrypto-ecb";
  }

  @Override
  public Optional<String> unavailableBecause() {
    return LibCrypto.find().isPresent()
        ? Optional.empty()
        : Optional.of("no OpenSSL 3 libcrypto.so.3 on this machine");
  }

  @Override
  public Optional<String> refusesBecause(SecretBuffer key) {
    return mode == Mode.XTS && XtsKey.hasEqualHalves(key)
        ? Optional.of("libcrypto takes no XTS key of equal halves")
        : Optional.empty();
  }

  @Override
  SectorContext newContext(SecretBuffer key) {
    LibCrypto library = LibCrypto.find().orElseThrow();
    int aesBits = key.length() * Byte.SIZE / 2;
    MemorySegment cipher = cipher(library, "AES-%d-%s".formatted(aesBits, mode));
    return mode == Mode.XTS
        ? new LibcryptoXts(library, cipher, key)
        : new LibcryptoEcbXts(library, cipher, key);
  }

  private static MemorySegment cipher(LibCrypto library, String name) {
    return library
        .cipher(name)
        .orElseThrow(() -> new IllegalStateException("libcrypto has no " + name));
  }
}
