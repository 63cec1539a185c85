package org.secretfs.crypto.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;

/** The reference implementation of Argon2, loaded when first asked for. Wipes its memory. */
public final class LibArgon2 {
  /** What {@link #derive} returns on success. */
  public static final int OK = 0;

  /** What {@link #derive} returns when the memory could not be allocated. */
  public static final int MEMORY_ALLOCATION_ERROR = -22;

  private static final String SONAME = "libargon2.so.1";
  private static final int VERSION_1_3 = 0x13;

  /** {@code argon2_context} of argon2.h; what is not set stays zero. */
  private static final StructLayout CONTEXT =
      MemoryLayout.structLayout(
          ADDRESS.withName("out"),
          JAVA_INT.withName("out_length"),
          MemoryLayout.paddingLayout(4),
          ADDRESS.withName("passphrase"),
          JAVA_INT.withName("passphrase_length"),
          MemoryLayout.paddingLayout(4),
          ADDRESS.withName("salt"),
          JAVA_INT.withName("salt_length"),
          MemoryLayout.paddingLayout(4),
          ADDRESS.withName("secret"),
          JAVA_INT.withName("secret_length"),
          MemoryLayout.paddingLayout(4),
          ADDRESS.withName("data"),
          JAVA_INT.withName("data_length"),
          JAVA_INT.withName("passes"),
          JAVA_INT.withName("memory_kib"),
          JAVA_INT.withName("lanes"),
          JAVA_INT.withName("threads"),
          JAVA_INT.withName("version"),
          ADDRESS.withName("allocate"),
          ADDRESS.withName("free"),
          JAVA_INT.withName("flags"),
          MemoryLayout.paddingLayout(4));

  private final MethodHandle argon2;

  private LibArgon2(NativeLibrary library) {
    argon2 = library.function("argon2_ctx", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  }

  /** The library, or empty where there is none that fits. */
  public static Optional<LibArgon2> find() {
    return Holder.LIBRARY;
  }

  /** Loads it once. */
  private static final class Holder {
    static final Optional<LibArgon2> LIBRARY = load();

    private static Optional<LibArgon2> load() {
      try {
        return Optional.of(new LibArgon2(new NativeLibrary(SONAME)));
      } catch (IllegalArgumentException | NoSuchElementException missing) {
        return Optional.empty();
      }
    }
  }

  /**
   * Derives a key.
   *
   * @param type 1 for Argon2i, 2 for Argon2id
   * @param passphrase native memory
   * @param pepper the RFC's secret value, may be empty
   * @param context the RFC's associated data, may be empty
   * @param target native memory that is filled
   * @return {@link #OK} or the library's error number
   */
  public int derive(
      int type,
      MemorySegment passphrase,
      byte[] salt,
      byte[] pepper,
      byte[] context,
      int passes,
      int memoryKib,
      int lanes,
      MemorySegment target) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment input = arena.allocate(CONTEXT);
      setBytes(input, "out", target);
      setBytes(input, "passphrase", passphrase);
      setBytes(input, "salt", copy(arena, salt));
      setBytes(input, "secret", copy(arena, pepper));
      setBytes(input, "data", copy(arena, context));
      setInt(input, "passes", passes);
      setInt(input, "memory_kib", memoryKib);
      setInt(input, "lanes", lanes);
      setInt(input, "threads", lanes);
      setInt(input, "version", VERSION_1_3);
      return (int) argon2.invokeExact(input, type);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  private static MemorySegment copy(Arena arena, byte[] bytes) {
    MemorySegment copy = arena.allocate(Math.max(bytes.length, 1)).asSlice(0, bytes.length);
    return copy.copyFrom(MemorySegment.ofArray(bytes));
  }

  private static void setBytes(MemorySegment input, String field, MemorySegment bytes) {
    input.set(ADDRESS, CONTEXT.byteOffset(PathElement.groupElement(field)), bytes);
    setInt(input, field + "_length", (int) bytes.byteSize());
  }

  private static void setInt(MemorySegment input, String field, int value) {
    input.set(JAVA_INT, CONTEXT.byteOffset(PathElement.groupElement(field)), value);
  }
}
