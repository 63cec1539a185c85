package org.secretfs.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.secretfs.crypto.foreign.LibCrypto;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * AES-XTS by libcrypto: two calls per sector, one for the tweak and one for the data, which works
 * in the memory or array itself. The key exists as libcrypto's key schedules only, in native memory
 * that it wipes; that memory is not locked.
 */
final class LibcryptoXts extends SectorContext {
  private final LibCrypto library;

  /** Not secret. A shared arena would stop all threads for a moment when it is closed. */
  private final MemorySegment tweak = Arena.ofAuto().allocate(BLOCK_BYTES, Long.BYTES);

  private final MemorySegment encryptContext;
  private final MemorySegment decryptContext;

  LibcryptoXts(LibCrypto library, MemorySegment cipher, SecretBuffer key) {
    this.library = library;
    MemorySegment first = null;
    try {
      first = library.newContext(cipher, key.segment(), true);
      this.decryptContext = library.newContext(cipher, key.segment(), false);
      this.encryptContext = first;
    } catch (RuntimeException e) {
      if (first != null) {
        library.free(first);
      }
      throw e;
    }
  }

  @Override
  void run(boolean encrypt, MemorySegment data, int unitBytes, long first, int step) {
    MemorySegment context = encrypt ? encryptContext : decryptContext;
    long next = first;
    for (long done = 0; done < data.byteSize(); done += unitBytes) {
      tweak.set(ValueLayout.JAVA_LONG, 0, next);
      if (!library.setVector(context, tweak)
          || !library.update(context, data.asSlice(done, unitBytes))) {
        throw new IllegalStateException("libcrypto failed on a sector; it has no reason to");
      }
      next += step;
    }
  }

  @Override
  public void close() {
    library.free(encryptContext);
    library.free(decryptContext);
  }
}
