package org.secretfs.crypto.memory;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** The few system calls that secret memory needs. Linux only. */
final class Posix {
  static final int RLIMIT_CORE = 4;
  static final int RLIMIT_MEMLOCK = 8;

  private static final int PROT_READ_WRITE = 0x3;
  private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
  private static final int MADV_DONTDUMP = 16;
  private static final int MADV_WIPEONFORK = 18;
  private static final int PR_GET_DUMPABLE = 3;
  private static final int PR_SET_DUMPABLE = 4;
  private static final int EINTR = 4;

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));

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
      call(
          "getrandom",
          FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT),
          Linker.Option.captureCallState("errno"));
  private static final MethodHandle GETPAGESIZE =
      call("getpagesize", FunctionDescriptor.of(JAVA_INT));
  private static final MethodHandle GETRLIMIT =
      call("getrlimit", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle SETRLIMIT =
      call("setrlimit", FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle PRCTL =
      call(
          "prctl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
          Linker.Option.firstVariadicArg(1));

  private Posix() {}

  /** A soft and a hard resource limit; -1 is unlimited. */
  record Limit(long soft, long hard) {}

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
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      long done = 0;
      while (done < target.byteSize()) {
        long got =
            (long) GETRANDOM.invokeExact(state, target.asSlice(done), target.byteSize() - done, 0);
        if (got < 0 && (int) ERRNO.get(state, 0L) != EINTR) {
          throw new IllegalStateException(
              "getrandom failed with error number " + (int) ERRNO.get(state, 0L));
        }
        done += Math.max(got, 0);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  static Limit limit(int resource) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocate(JAVA_LONG, 2);
      if ((int) GETRLIMIT.invokeExact(resource, limit) != 0) {
        throw new IllegalStateException("getrlimit %d failed".formatted(resource));
      }
      return new Limit(limit.getAtIndex(JAVA_LONG, 0), limit.getAtIndex(JAVA_LONG, 1));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Returns whether the kernel allowed it. */
  static boolean setLimit(int resource, Limit wanted) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment limit = arena.allocateFrom(JAVA_LONG, wanted.soft(), wanted.hard());
      return (int) SETRLIMIT.invokeExact(resource, limit) == 0;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** Forbids dumps of this process, and reading its memory without CAP_SYS_PTRACE. */
  static boolean forbidDumps() {
    try {
      return (int) PRCTL.invokeExact(PR_SET_DUMPABLE, 0L, 0L, 0L, 0L) == 0
          && (int) PRCTL.invokeExact(PR_GET_DUMPABLE, 0L, 0L, 0L, 0L) == 0;
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static MethodHandle call(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
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
