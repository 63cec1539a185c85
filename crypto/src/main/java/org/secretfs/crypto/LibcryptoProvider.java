package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import org.secretfs.crypto.foreign.LibCrypto;
import org.secretfs.crypto.memory.SecretBuffer;

/** AES-XTS by OpenSSL 3, whose key schedules never touch the Java heap. */
final class LibcryptoProvider extends XtsProvider {
  @Override
  public String name() {
    return "libcrypto";
  }

  @Override
  public Optional<String> unavailableBecause() {
    return LibCrypto.find().isPresent()
        ? Optional.empty()
        : Optional.of("no OpenSSL 3 libcrypto.so.3 on this machine");
  }

  @Override
  public Optional<String> refusesBecause(SecretBuffer key) {
    return XtsKey.hasEqualHalves(key)
        ? Optional.of("libcrypto takes no XTS key of equal halves")
        : Optional.empty();
  }

  @Override
  XtsContext newContext(SecretBuffer key) {
    LibCrypto library = LibCrypto.find().orElseThrow();
    return new LibcryptoXts(library, cipher(library, key.length() * 4), key);
  }

  private static MemorySegment cipher(LibCrypto library, int keyBits) {
    return library
        .cipher("AES-%d-XTS".formatted(keyBits))
        .orElseThrow(() -> new IllegalStateException("libcrypto has no AES-XTS"));
  }
}
