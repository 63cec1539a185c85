package org.secretfs.crypto.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/** The few system calls that secret memory needs. Linux only. */
final class Posix {
  private static final int PROT_READ_WRITE = 0x3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MADV_DONTDUMP = 16;
  private static final int MADV_WIPEONFORK = 18;
  private static final int GETRANDOM_MOST_BYTES = 256;

  private static final MethodHandle MMAP =
      call(
          "mmap",
          FunctionDescriptor.of(
              ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
  private static final MethodHandle MUNMAP =
      call("munmap", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle MADVISE =
      call("madvise", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle MLOCK =
      call("mlock", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_LONG));
  private static final MethodHandle EXPLICIT_BZERO =
      call("explicit_bzero", FunctionDescriptor.ofVoid(ADDRESS, JAVA_LONG));
  private static final MethodHandle GETRANDOM =
      call("getrandom", FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT));
  private static final MethodHandle GETPAGESIZE =
      call("getpagesize", FunctionDescriptor.of(JAVA_INT));

  private Posix() {}

  /** Maps zeroed pages that the arena wipes and unmaps when it closes. */
  static MemorySegment mapPages(long lengthBytes, Arena arena) {
    try {
      long pageBytes = (int) GETPAGESIZE.invokeExact();
      long mappedBytes = Math.ceilDiv(lengthBytes, pageBytes) * pageBytes;
      MemorySegment raw =
          (MemorySegment)
              MMAP.invokeExact(
                  MemorySegment.NULL, mappedBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L);
      if (raw.address() == -1) {
        throw new OutOfMemoryError("mmap of %d bytes for a secret failed".formatted(mappedBytes));
      }
      return raw.reinterpret(mappedBytes, arena, Posix::wipeAndUnmap);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static void wipeAndUnmap(MemorySegment pages) {
    try {
      EXPLICIT_BZERO.invokeExact(pages, pages.byteSize());
      int ignored = (int) MUNMAP.invokeExact(pages, pages.byteSize());
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static void excludeFromDumps(MemorySegment pages) {
    advise(pages, MADV_DONTDUMP);
  }

  static void wipeOnFork(MemorySegment pages) {
    advise(pages, MADV_WIPEONFORK);
  }

  private static void advise(MemorySegment pages, int advice) {
    try {
      if ((int) MADVISE.invokeExact(pages, pages.byteSize(), advice) != 0) {
        throw new IllegalStateException(
            "madvise %d on secret memory was refused".formatted(advice));
      }
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Returns whether the kernel locked the pages. */
  static boolean lock(MemorySegment pages) {
    try {
      return (int) MLOCK.invokeExact(pages, pages.byteSize()) == 0;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Fills with bytes from the kernel's generator; waits until it is seeded. */
  static void fillRandom(MemorySegment target) {
    try {
      long done = 0;
      while (done < target.byteSize()) {
        long wanted = Math.min(GETRANDOM_MOST_BYTES, target.byteSize() - done);
        long got = (long) GETRANDOM.invokeExact(target.asSlice(done), wanted, 0);
        // Up to 256 bytes are never interrupted once the generator is seeded; before, EINTR can be.
        done += Math.max(got, 0);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor);
  }

  private static RuntimeException unexpected(Throwable t) {
    if (t instanceof Error error) {
      throw error;
    }
    if (t instanceof RuntimeException exception) {
      return exception;
    }
    return new IllegalStateException("a system call throws nothing checked", t);
  }
}
