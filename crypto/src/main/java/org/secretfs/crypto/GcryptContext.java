package org.secretfs.crypto;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.foreign.LibGcrypt;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * Sectors by libgcrypt, which works in the memory or array itself; the key never touches the heap.
 */
final class GcryptContext extends SectorContext {
  private static final ValueLayout.OfLong LITTLE_ENDIAN =
      ValueLayout.JAVA_LONG.withOrder(ByteOrder.LITTLE_ENDIAN);

  private final LibGcrypt library;

  /** Not secret. A shared arena would stop all threads for a moment when it is closed. */
  private final MemorySegment vector = Arena.ofAuto().allocate(BLOCK_BYTES, Long.BYTES);

  private final MemorySegment handle;
  private final @Nullable MemorySegment essiv;

  GcryptContext(
      LibGcrypt library,
      LibGcrypt.Mode mode,
      int cipher,
      int essivCipher,
      boolean essiv,
      SecretBuffer key) {
    this.library = library;
    MemorySegment keyed = null;
    try {
      keyed = library.newHandle(cipher, mode, key.segment());
      this.essiv = essiv ? essivHandle(essivCipher, key) : null;
      this.handle = keyed;
    } catch (RuntimeException e) {
      if (keyed != null) {
        library.close(keyed);
      }
      throw e;
    }
  }

  /** A context whose vector is the sector's number. */
  static GcryptContext plain(LibGcrypt library, LibGcrypt.Mode mode, int cipher, SecretBuffer key) {
    return new GcryptContext(library, mode, cipher, cipher, false, key);
  }

  private MemorySegment essivHandle(int cipher, SecretBuffer key) {
    try (SecretBuffer hashed = Essiv.keyOf(key)) {
      return library.newHandle(cipher, LibGcrypt.Mode.ECB, hashed.segment());
    }
  }

  @Override
  void run(boolean encrypt, MemorySegment data, int unitBytes, long first, int step) {
    long number = first;
    for (long done = 0; done < data.byteSize(); done += unitBytes) {
      setVector(number);
      library.transform(handle, encrypt, data.asSlice(done, unitBytes));
      number += step;
    }
  }

  private void setVector(long number) {
    vector.set(LITTLE_ENDIAN, 0, number);
    vector.set(LITTLE_ENDIAN, Long.BYTES, 0);
    if (essiv != null) {
      library.transform(essiv, true, vector);
    }
    library.setVector(handle, vector);
  }

  @Override
  public void close() {
    library.close(handle);
    if (essiv != null) {
      library.close(essiv);
    }
  }
}
