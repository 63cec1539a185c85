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
 * OpenSSL 3's libcrypto, loaded when first asked for.
 *
 * @spec https://docs.openssl.org/3.0/man3/EVP_EncryptInit/ EVP_CipherInit_ex, EVP_Cipher
 * @spec https://docs.openssl.org/3.0/man3/EVP_DigestInit/ EVP_MD_fetch, EVP_Digest
 */
public final class LibCrypto {
  private static final String SONAME = "libcrypto.so.3";

  /** No configuration file is read (it could load code), no handler runs at exit. */
  private static final long INIT_OPTIONS = 0x80L | 0x80000L;

  private static final int VERSION_STRING = 0;
  private static final int VERSION_MOST_BYTES = 256;

  private final MethodHandle version;
  private final MethodHandle cipherFetch;
  private final MethodHandle contextNew;
  private final MethodHandle contextFree;
  private final MethodHandle cipherInit;
  private final MethodHandle cipher;
  private final MethodHandle digestFetch;
  private final MethodHandle digest;
  private final MethodHandle pbkdf2;

  private LibCrypto(NativeLibrary library) {
    FunctionDescriptor fetch = FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS);
    version = library.function("OpenSSL_version", FunctionDescriptor.of(ADDRESS, JAVA_INT));
    cipherFetch = library.function("EVP_CIPHER_fetch", fetch);
    contextNew = library.function("EVP_CIPHER_CTX_new", FunctionDescriptor.of(ADDRESS));
    contextFree = library.function("EVP_CIPHER_CTX_free", FunctionDescriptor.ofVoid(ADDRESS));
    cipherInit =
        library.function(
            "EVP_CipherInit_ex",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, ADDRESS, ADDRESS, JAVA_INT),
            Linker.Option.critical(false));
    cipher =
        library.function(
            "EVP_Cipher",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS, JAVA_INT),
            Linker.Option.critical(true));
    digestFetch = library.function("EVP_MD_fetch", fetch);
    digest =
        library.function(
            "EVP_Digest",
            FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, ADDRESS, ADDRESS, ADDRESS, ADDRESS),
            Linker.Option.critical(true));
    pbkdf2 =
        library.function(
            "PKCS5_PBKDF2_HMAC",
            FunctionDescriptor.of(
                JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT,
                ADDRESS));
  }

  /** The library, or empty where there is none that fits. */
  public static Optional<LibCrypto> find() {
    return Holder.LIBRARY;
  }

  /** Loads it once. */
  private static final class Holder {
    static final Optional<LibCrypto> LIBRARY = load();

    private static Optional<LibCrypto> load() {
      try {
        NativeLibrary library = new NativeLibrary(SONAME);
        MethodHandle init =
            library.function(
                "OPENSSL_init_crypto", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, ADDRESS));
        return (int) init.invokeExact(INIT_OPTIONS, MemorySegment.NULL) == 1
            ? Optional.of(new LibCrypto(library))
            : Optional.empty();
      } catch (IllegalArgumentException | NoSuchElementException missing) {
        return Optional.empty();
      } catch (Throwable t) {
        throw NativeLibrary.unexpected(t);
      }
    }
  }

  /** The library's own name and version. */
  public String version() {
    try {
      MemorySegment text = (MemorySegment) version.invokeExact(VERSION_STRING);
      return text.reinterpret(VERSION_MOST_BYTES).getString(0);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /** Returns a cipher, kept for good, or empty if the library has none of that name. */
  public Optional<MemorySegment> cipher(String name) {
    return fetch(cipherFetch, name);
  }

  /** Returns a digest, kept for good, or empty if the library has none of that name. */
  public Optional<MemorySegment> digest(String name) {
    return fetch(digestFetch, name);
  }

  /**
   * Hashes data at once.
   *
   * @param data may be a heap array's
   * @param target of the hash's length at least; may be a heap array's
   * @return whether the library did it
   */
  public boolean hash(MemorySegment algorithm, MemorySegment data, MemorySegment target) {
    try {
      return (int)
              digest.invokeExact(
                  data, data.byteSize(), target, MemorySegment.NULL, algorithm, MemorySegment.NULL)
          == 1;
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  private static Optional<MemorySegment> fetch(MethodHandle function, String name) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment found =
          (MemorySegment)
              function.invokeExact(
                  MemorySegment.NULL, arena.allocateFrom(name), MemorySegment.NULL);
      return found.equals(MemorySegment.NULL) ? Optional.empty() : Optional.of(found);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /**
   * Returns a new context with a key set, which the caller frees with {@link #free}.
   *
   * @throws IllegalArgumentException if the library refuses the key
   */
  public MemorySegment newContext(MemorySegment cipher, MemorySegment key, boolean encrypt) {
    try {
      MemorySegment context = (MemorySegment) contextNew.invokeExact();
      int set =
          (int)
              cipherInit.invokeExact(
                  context, cipher, MemorySegment.NULL, key, MemorySegment.NULL, encrypt ? 1 : 0);
      if (set != 1) {
        free(context);
        throw new IllegalArgumentException("libcrypto refused the key");
      }
      return context;
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /** Wipes and frees a context. */
  public void free(MemorySegment context) {
    try {
      contextFree.invokeExact(context);
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /**
   * Gives a context another initialization vector.
   *
   * @param vector native memory
   * @return whether the library took it
   */
  public boolean setVector(MemorySegment context, MemorySegment vector) {
    try {
      return (int)
              cipherInit.invokeExact(
                  context, MemorySegment.NULL, MemorySegment.NULL, MemorySegment.NULL, vector, -1)
          == 1;
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /**
   * Runs data through a context.
   *
   * @param data may be a heap array's; changed in place
   * @return whether the library did it
   */
  public boolean update(MemorySegment context, MemorySegment data) {
    try {
      int length = (int) data.byteSize();
      return (int) cipher.invokeExact(context, data, data, length) > 0;
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }

  /**
   * Derives a key with PBKDF2 into native memory.
   *
   * @return whether the library did it
   */
  public boolean pbkdf2(
      MemorySegment digest,
      MemorySegment passphrase,
      byte[] salt,
      int iterations,
      MemorySegment target) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment nativeSalt = arena.allocate(Math.max(salt.length, 1));
      nativeSalt.asSlice(0, salt.length).copyFrom(MemorySegment.ofArray(salt));
      int passphraseBytes = (int) passphrase.byteSize();
      int targetBytes = (int) target.byteSize();
      return (int)
              pbkdf2.invokeExact(
                  passphrase,
                  passphraseBytes,
                  nativeSalt,
                  salt.length,
                  iterations,
                  digest,
                  targetBytes,
                  target)
          == 1;
    } catch (Throwable t) {
      throw NativeLibrary.unexpected(t);
    }
  }
}
