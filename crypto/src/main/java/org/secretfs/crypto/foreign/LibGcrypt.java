package org.secretfs.crypto.foreign;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.NoSuchElementException;
import java.util.Optional;

/**
 * Libgcrypt 1.8 or newer, loaded when first asked for. Its key schedules lie in native memory that
 * it wipes when a handle is closed; that memory is not locked.
 *
 * @spec https://www.gnupg.org/documentation/manuals/gcrypt/Working-with-cipher-handles.html
 *     Libgcrypt manual, working with cipher handles
 */
public final class LibGcrypt {
  private static final String SONAME = "libgcrypt.so.20";

  /** The first that has XTS. */
  private static final String LEAST_VERSION = "1.8.0";

  private static final int DISABLE_SECURE_MEMORY = 37;
  private static final int INITIALIZATION_FINISHED = 38;
  private static final int IS_INITIALIZATION_FINISHED = 39;

  private LibGcrypt() {}

  /** Constants, so that the compiler turns a call of one into the call of its function. */
  private static final class Functions {
    private static final NativeLibrary LIBRARY = new NativeLibrary(SONAME);
    private static final FunctionDescriptor BYTES =
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG);
    private static final FunctionDescriptor CRYPT =
        FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, ADDRESS, JAVA_LONG);

    static final MethodHandle OPEN =
        LIBRARY.function(
            "gcry_cipher_open",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
    static final MethodHandle CLOSE =
        LIBRARY.function("gcry_cipher_close", FunctionDescriptor.ofVoid(ADDRESS));
    static final MethodHandle SET_KEY = LIBRARY.function("gcry_cipher_setkey", BYTES);
    static final MethodHandle SET_VECTOR =
        LIBRARY.function("gcry_cipher_setiv", BYTES, Linker.Option.critical(false));
    static final MethodHandle ENCRYPT =
        LIBRARY.function("gcry_cipher_encrypt", CRYPT, Linker.Option.critical(true));
    static final MethodHandle DECRYPT =
        LIBRARY.function("gcry_cipher_decrypt", CRYPT, Linker.Option.critical(true));
  }

  /** What is done with the blocks, by libgcrypt's number. */
  public enum Mode {
    ECB(1),
    CBC(3),
    XTS(13);

    private final int number;

    Mode(int number) {
      this.number = number;
    }
  }

  /** The library, or empty where there is none that fits. */
  public static Optional<LibGcrypt> find() {
    return Holder.LIBRARY;
  }

  /** Loads it once. */
  private static final class Holder {
    static final Optional<LibGcrypt> LIBRARY = load();

    private static Optional<LibGcrypt> load() {
      try {
        NativeLibrary library = new NativeLibrary(SONAME);
        return initialize(library) ? Optional.of(new LibGcrypt()) : Optional.empty();
      } catch (IllegalArgumentException | NoSuchElementException missing) {
        return Optional.empty();
      } catch (Throwable t) {
        throw NativeLibrary.unexpected(t);
      }
    }

    /** The manual's steps; whether the library is new enough. */
    private static boolean initialize(NativeLibrary library) throws Throwable {
      MethodHandle check =
          library.function("gcry_check_version", FunctionDescriptor.of(ADDRESS, ADDRESS));
      MethodHandle control =
          library.function(
              "gcry_control",
              FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT),
              Linker.Option.firstVariadicArg(1));
      try (Arena arena = Arena.ofConfined()) {
        MemorySegment version =
            (MemorySegment) check.invokeExact(arena.allocateFrom(LEAST_VERSION));
        if (version.equals(MemorySegment.NULL)) {
          return false;
        }
      }
      if ((int) control.invokeExact(IS_INITIALIZATION_FINISHED, 0) == 0) {
        int _ = (int) control.invokeExact(DISABLE_SECURE_MEMORY, 0);
        int _ = (int) control.invokeExact(INITIALIZATION_FINISHED, 0);
      }
      return true;
    }
  }

  /** Whether the library has the cipher in that mode and may use it here. */
  public boolean has(int cipher, Mode mode) {
    Optional<MemorySegment> handle = open(cipher, mode);
    handle.ifPresent(this::close);
    return handle.isPresent();
  }

  private Optional<MemorySegment> open(int cipher, Mode mode) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment handle = arena.allocate(ADDRESS);
      int error = (int) Functions.OPEN.invokeExact(handle, cipher, mode.number, 0);
      return error == 0 ? Optional.of(handle.get(ADDRESS, 0)) : Optional.empty();
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /**
   * Returns a new handle with a key set, which the caller closes with {@link #close}.
   *
   * @param cipher libgcrypt's number of the cipher
   * @param key native memory
   * @throws IllegalArgumentException if the library refuses the cipher or the key
   */
  public MemorySegment newHandle(int cipher, Mode mode, MemorySegment key) {
    MemorySegment handle =
        open(cipher, mode)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "libgcrypt has no cipher %d in mode %s".formatted(cipher, mode)));
    try {
      int error = (int) Functions.SET_KEY.invokeExact(handle, key, key.byteSize());
      if (error != 0) {
        close(handle);
        throw new IllegalArgumentException("libgcrypt refused the key");
      }
      return handle;
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /** Wipes and frees a handle. */
  public void close(MemorySegment handle) {
    try {
      Functions.CLOSE.invokeExact(handle);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /**
   * Gives a handle another initialization vector.
   *
   * @param vector native memory
   */
  public void setVector(MemorySegment handle, MemorySegment vector) {
    try {
      require((int) Functions.SET_VECTOR.invokeExact(handle, vector, vector.byteSize()));
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /**
   * Runs data through a handle.
   *
   * @param data may be a heap array's; changed in place
   */
  public void transform(MemorySegment handle, boolean encrypting, MemorySegment data) {
    try {
      long length = data.byteSize();
      require(
          encrypting
              ? (int) Functions.ENCRYPT.invokeExact(handle, data, length, MemorySegment.NULL, 0L)
              : (int) Functions.DECRYPT.invokeExact(handle, data, length, MemorySegment.NULL, 0L));
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  private static void require(int error) {
    if (error != 0) {
      throw new IllegalStateException(
          "libgcrypt failed with error %d; it has no reason to".formatted(error));
    }
  }
}
