package org.secretfs.crypto;

import java.lang.foreign.MemorySegment;
import org.secretfs.crypto.foreign.LibCrypto;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * AES-XTS around libcrypto's AES-ECB: two calls per chunk where {@link LibcryptoXts} needs two per
 * sector, of which setting the tweak is the dearer. Faster for small sectors.
 */
final class LibcryptoEcbXts extends EcbXts {
  private final LibCrypto library;
  private final MemorySegment tweakContext;
  private final MemorySegment encryptContext;
  private final MemorySegment decryptContext;

  LibcryptoEcbXts(LibCrypto library, MemorySegment cipher, SecretBuffer key) {
    this.library = library;
    int half = key.length() / 2;
    MemorySegment dataKey = key.segment().asSlice(0, half);
    MemorySegment tweakKey = key.segment().asSlice(half, half);
    this.tweakContext = library.newContext(cipher, tweakKey, true);
    this.encryptContext = library.newContext(cipher, dataKey, true);
    this.decryptContext = library.newContext(cipher, dataKey, false);
  }

  @Override
  void encryptTweaks(byte[] tweaks, int length) {
    update(tweakContext, tweaks, 0, length);
  }

  @Override
  void transform(boolean encrypt, byte[] data, int offset, int length) {
    update(encrypt ? encryptContext : decryptContext, data, offset, length);
  }

  private void update(MemorySegment context, byte[] data, int offset, int length) {
    if (!library.update(context, MemorySegment.ofArray(data).asSlice(offset, length))) {
      throw new IllegalStateException("libcrypto failed on whole blocks; it has no reason to");
    }
  }

  @Override
  void closeKeys() {
    library.free(tweakContext);
    library.free(encryptContext);
    library.free(decryptContext);
  }
}
