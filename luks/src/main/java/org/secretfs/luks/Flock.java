package org.secretfs.luks;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

/**
 * A file opened to be locked in ways that Java's own file locks are not: those are POSIX record
 * locks, which neither see nor stop cryptsetup's {@code flock}(2), do not hold off other threads of
 * this process, and are lost when it closes another channel on the same file. Linux only.
 *
 * @spec https://man7.org/linux/man-pages/man2/fcntl_locking.2.html fcntl_locking(2), open file
 *     description locks
 */
final class Flock implements AutoCloseable {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int O_RDWR_CLOEXEC = 0x80002;
  private static final int O_RDWR_CREAT_CLOEXEC = 0x80042;
  private static final int O_RDONLY_EXCL_CLOEXEC = 0x80080;
  private static final int O_NOFOLLOW = 0x20000;
  private static final int MODE_OWNER_ONLY = 0600;
  private static final int LOCK_SH = 1;
  private static final int LOCK_EX = 2;
  private static final int LOCK_NB = 4;
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int EWOULDBLOCK = 11;
  private static final int EACCES = 13;
  private static final int EBUSY = 16;
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration PAUSE = Duration.ofMillis(10);

  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO = CALL_STATE.varHandle(PathElement.groupElement("errno"));
  // open(2) is variadic: the mode is its third, optional argument.
  private static final MethodHandle OPEN =
      call(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle FLOCK =
      call("flock", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT));
  private static final MethodHandle FCNTL =
      call(
          "fcntl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS),
          Linker.Option.firstVariadicArg(2));
  private static final StructLayout RANGE =
      MemoryLayout.structLayout(
          JAVA_SHORT.withName("type"),
          JAVA_SHORT.withName("whence"),
          MemoryLayout.paddingLayout(4),
          JAVA_LONG.withName("start"),
          JAVA_LONG.withName("length"),
          JAVA_INT.withName("pid"),
          MemoryLayout.paddingLayout(4));
  private static final VarHandle TYPE = RANGE.varHandle(PathElement.groupElement("type"));
  private static final VarHandle START = RANGE.varHandle(PathElement.groupElement("start"));
  private static final VarHandle LENGTH = RANGE.varHandle(PathElement.groupElement("length"));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final Path path;
  private final int descriptor;
  private final AtomicBoolean open = new AtomicBoolean(true);

  private Flock(Path path, int descriptor) {
    this.path = path;
    this.descriptor = descriptor;
  }

  static Flock openReadOnly(Path path) throws IOException {
    return open(path, O_RDONLY_CLOEXEC);
  }

  static Flock openToWrite(Path path) throws IOException {
    return open(path, O_RDWR_CLOEXEC);
  }

  static Flock openOrCreate(Path path) throws IOException {
    return open(path, O_RDWR_CREAT_CLOEXEC | O_NOFOLLOW);
  }

  /**
   * Opens a block device that nobody has claimed, and claims it until it is closed.
   *
   * @throws DeviceInUseException if somebody has
   */
  static Flock openExclusively(Path path) throws IOException {
    return open(path, O_RDONLY_EXCL_CLOEXEC);
  }

  private static Flock open(Path path, int flags) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment name = arena.allocateFrom(path.toString());
      int descriptor = (int) OPEN.invokeExact(state, name, flags, MODE_OWNER_ONLY);
      if (descriptor < 0) {
        throw refused(path, errno(state));
      }
      return new Flock(path, descriptor);
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static IOException refused(Path path, int errno) {
    return switch (errno) {
      case EBUSY -> new DeviceInUseException(path);
      case ENOENT -> new NoSuchFileException(path.toString());
      case EACCES -> new AccessDeniedException(path.toString());
      default -> new IOException("cannot open %s to lock it: errno %d".formatted(path, errno));
    };
  }

  /**
   * Waits for the lock.
   *
   * @throws LuksException.HeaderBusy after 30 seconds; the file is closed then
   */
  void acquire(LuksStorage.LockMode mode) throws IOException, LuksException {
    int operation = mode == LuksStorage.LockMode.SHARED ? LOCK_SH : LOCK_EX;
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!attempt(operation)) {
      if (System.nanoTime() - deadline > 0) {
        close();
        throw new LuksException.HeaderBusy(
            "the lock on %s is held by another program for over %d s"
                .formatted(path, PATIENCE.toSeconds()));
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  /** Turns a lock held into an exclusive one if nobody else holds it. */
  boolean tryExclusive() throws IOException {
    return attempt(LOCK_EX);
  }

  private boolean attempt(int operation) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      if ((int) FLOCK.invokeExact(state, descriptor, operation | LOCK_NB) == 0) {
        return true;
      }
      int errno = errno(state);
      if (errno == EWOULDBLOCK || errno == EINTR) {
        return false;
      }
      throw new IOException("cannot lock %s: errno %d".formatted(path, errno));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /**
   * Locks one byte for this opening of the file, against any other opening in this process or
   * another; the byte need not exist. Does not wait.
   *
   * @param mode exclusive only if it was opened for writing
   * @return whether it has the lock now
   */
  boolean tryByte(long offsetBytes, LuksStorage.LockMode mode) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment range = arena.allocate(RANGE);
      TYPE.set(range, 0L, mode == LuksStorage.LockMode.SHARED ? F_RDLCK : F_WRLCK);
      START.set(range, 0L, offsetBytes);
      LENGTH.set(range, 0L, 1L);
      if ((int) FCNTL.invokeExact(state, descriptor, F_OFD_SETLK, range) == 0) {
        return true;
      }
      int errno = errno(state);
      if (errno == EWOULDBLOCK || errno == EACCES) {
        return false;
      }
      throw new IOException("cannot lock %s: errno %d".formatted(path, errno));
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  /** The inode of the open file, even if its name is gone. */
  Object inode() throws IOException {
    return Files.getAttribute(Path.of("/proc/self/fd/" + descriptor), "unix:ino");
  }

  /** Closes the file, which gives the lock back. Further calls do nothing. */
  @Override
  public void close() throws IOException {
    if (!open.compareAndSet(true, false)) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      if ((int) CLOSE.invokeExact(state, descriptor) != 0) {
        throw new IOException("cannot close %s: errno %d".formatted(path, errno(state)));
      }
    } catch (Throwable t) {
      throw unexpected(t);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  private static MethodHandle call(
      String name, FunctionDescriptor descriptor, Linker.Option... options) {
    Linker linker = Linker.nativeLinker();
    Linker.Option[] all = java.util.Arrays.copyOf(options, options.length + 1);
    all[options.length] = Linker.Option.captureCallState("errno");
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, all);
  }

  private static IOException unexpected(Throwable t) {
    if (t instanceof IOException exception) {
      return exception;
    }
    if (t instanceof RuntimeException exception) {
      throw exception;
    }
    if (t instanceof Error error) {
      throw error;
    }
    return new IOException("a system call throws nothing checked", t);
  }
}
