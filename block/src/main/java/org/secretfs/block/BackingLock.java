package org.secretfs.block;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.StructLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A lock on a file or a kernel device that holds others off for as long as it is open; the kernel
 * drops it when the process ends.
 *
 * <p>It is an open-file-description lock: it conflicts with the record locks of other processes,
 * such as those that {@link java.nio.channels.FileChannel#tryLock} takes, and is not lost, as those
 * are, when this process closes another channel on the same file. It is apart from cryptsetup's
 * lock on the header, which is held for moments only.
 *
 * @spec https://man7.org/linux/man-pages/man2/fcntl_locking.2.html fcntl_locking(2)
 */
public final class BackingLock implements AutoCloseable {
  private static final int O_RDONLY_CLOEXEC = 0x80000;
  private static final int O_RDWR_CLOEXEC = 0x80002;
  private static final int F_OFD_SETLK = 37;
  private static final short F_RDLCK = 0;
  private static final short F_WRLCK = 1;
  private static final int EACCES = 13;
  private static final int EAGAIN = 11;

  private static final StructLayout FLOCK =
      MemoryLayout.structLayout(
          JAVA_SHORT.withName("type"),
          JAVA_SHORT.withName("whence"),
          MemoryLayout.paddingLayout(4),
          JAVA_LONG.withName("start"),
          JAVA_LONG.withName("length"),
          JAVA_INT.withName("pid"),
          MemoryLayout.paddingLayout(4));
  private static final StructLayout CALL_STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      CALL_STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));
  private static final MethodHandle OPEN =
      call("open", FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
  private static final MethodHandle FCNTL =
      call("fcntl", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final int descriptor;
  private final AtomicBoolean open = new AtomicBoolean(true);

  private BackingLock(int descriptor) {
    this.descriptor = descriptor;
  }

  /**
   * Takes the lock without waiting.
   *
   * @param path a file or device that exists
   * @param shared for readers, who hold off writers only
   * @return empty if somebody has it, in this process or another
   */
  public static Optional<BackingLock> tryLock(Path path, boolean shared) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(CALL_STATE);
      MemorySegment name = arena.allocateFrom(path.toString());
      int descriptor =
          (int) OPEN.invokeExact(state, name, shared ? O_RDONLY_CLOEXEC : O_RDWR_CLOEXEC);
      if (descriptor < 0) {
        throw new IOException("cannot open %s to lock it: errno %d".formatted(path, errno(state)));
      }
      BackingLock lock = new BackingLock(descriptor);
      if (lock.acquire(arena, shared, path)) {
        return Optional.of(lock);
      }
      lock.close();
      return Optional.empty();
    } catch (IOException | RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IOException("a system call throws nothing checked", t);
    }
  }

  private boolean acquire(Arena arena, boolean shared, Path path) throws Throwable {
    MemorySegment state = arena.allocate(CALL_STATE);
    MemorySegment whole = arena.allocate(FLOCK);
    whole.set(JAVA_SHORT, 0, shared ? F_RDLCK : F_WRLCK);
    if ((int) FCNTL.invokeExact(state, descriptor, F_OFD_SETLK, whole) == 0) {
      return true;
    }
    int errno = errno(state);
    if (errno == EAGAIN || errno == EACCES) {
      return false;
    }
    close();
    throw new IOException("cannot lock %s: errno %d".formatted(path, errno));
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  private static MethodHandle call(String name, FunctionDescriptor descriptor) {
    Linker linker = Linker.nativeLinker();
    // open and fcntl are variadic after their second argument.
    Linker.Option[] options =
        name.equals("close")
            ? new Linker.Option[] {Linker.Option.captureCallState("errno")}
            : new Linker.Option[] {
              Linker.Option.firstVariadicArg(2), Linker.Option.captureCallState("errno")
            };
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
  }

  /** Gives it back. Further calls do nothing. */
  @Override
  public void close() {
    if (!open.compareAndSet(true, false)) {
      return;
    }
    try (Arena arena = Arena.ofConfined()) {
      int ignored = (int) CLOSE.invokeExact(arena.allocate(CALL_STATE), descriptor);
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable t) {
      throw new IllegalStateException("a system call throws nothing", t);
    }
  }
}
