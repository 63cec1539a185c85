package org.secretfs.block;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout.PathElement;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.concurrent.locks.StampedLock;

/**
 * An open file descriptor and the system calls on it, in native memory and without a copy. Java's
 * own channels know no {@code fallocate}, {@code SEEK_DATA}, {@code O_DIRECT} nor durable writes,
 * and close themselves when a thread that uses them is interrupted. Linux only.
 *
 * <p>Closing waits for calls in flight, so that no call reaches a descriptor used anew.
 */
final class OpenFile implements AutoCloseable {
  static final int O_RDONLY = 0;
  static final int O_RDWR = 2;
  static final int O_DIRECT = directFlag();
  static final int SEEK_END = 2;
  static final int SEEK_DATA = 3;
  static final int SEEK_HOLE = 4;
  static final int KEEP_SIZE = 1;
  static final int PUNCH_HOLE = 2;
  static final int ZERO_RANGE = 0x10;
  static final long BLKZEROOUT = 0x127f;
  static final long BLKDISCARD = 0x1277;
  static final int ENXIO = 6;

  private static final int O_CLOEXEC = 0x80000;
  private static final int RWF_DSYNC = 2;
  private static final int ENOENT = 2;
  private static final int EINTR = 4;
  private static final int VECTOR_BYTES = 16;
  private static final int SYNC_FILE_RANGE_WRITE = 2;

  private static final MethodHandle OPEN =
      call(
          "open",
          FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      call("close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final FunctionDescriptor TRANSFER =
      FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_LONG);
  private static final MethodHandle PREAD = call("pread", TRANSFER);
  private static final MethodHandle PWRITE = call("pwrite", TRANSFER);
  private static final MethodHandle PWRITEV2 =
      call(
          "pwritev2",
          FunctionDescriptor.of(JAVA_LONG, JAVA_INT, ADDRESS, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FDATASYNC =
      call("fdatasync", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
  private static final MethodHandle SYNC_FILE_RANGE =
      call(
          "sync_file_range",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
  private static final MethodHandle LSEEK =
      call("lseek", FunctionDescriptor.of(JAVA_LONG, JAVA_INT, JAVA_LONG, JAVA_INT));
  private static final MethodHandle FALLOCATE =
      call("fallocate", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG));
  private static final MethodHandle IOCTL =
      call(
          "ioctl",
          FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, ADDRESS),
          Linker.Option.firstVariadicArg(2));

  private static final VarHandle ERRNO =
      Linker.Option.captureStateLayout().varHandle(PathElement.groupElement("errno"));
  private static final ThreadLocal<MemorySegment> STATE =
      ThreadLocal.withInitial(() -> Arena.ofAuto().allocate(Linker.Option.captureStateLayout()));

  private final Path path;
  private final int descriptor;
  private final StampedLock lifetime = new StampedLock();
  private boolean closed;

  private OpenFile(Path path, int descriptor) {
    this.path = path;
    this.descriptor = descriptor;
  }

  private static MethodHandle call(
      String name, FunctionDescriptor descriptor, Linker.Option... more) {
    Linker linker = Linker.nativeLinker();
    Linker.Option[] options = new Linker.Option[more.length + 1];
    System.arraycopy(more, 0, options, 1, more.length);
    options[0] = Linker.Option.captureCallState("errno");
    return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), descriptor, options);
  }

  /** The flag's value differs between the processors that Linux runs on. */
  private static int directFlag() {
    return System.getProperty("os.arch", "").equals("aarch64") ? 0x10000 : 0x4000;
  }

  /** Opens with {@link #O_RDONLY} or {@link #O_RDWR}, and perhaps {@link #O_DIRECT}. */
  static OpenFile open(Path path, int flags) throws IOException {
    MemorySegment state = STATE.get();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment name = arena.allocateFrom(path.toString());
      int descriptor = (int) OPEN.invokeExact(state, name, flags | O_CLOEXEC);
      if (descriptor >= 0) {
        return new OpenFile(path, descriptor);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    }
    if (errno(state) == ENOENT) {
      throw new NoSuchFileException(path.toString());
    }
    throw failure("open", path, errno(state));
  }

  /** Fills {@code target} as far as one call does; returns how many bytes, 0 at the end. */
  int read(ByteBuffer target, long offsetBytes) throws IOException {
    int done = (int) transfer(false, target, offsetBytes);
    target.position(target.position() + done);
    return done;
  }

  /** Writes {@code source}, a direct buffer, as far as one call does. */
  void write(ByteBuffer source, long offsetBytes) throws IOException {
    int done = (int) transfer(true, source, offsetBytes);
    source.position(source.position() + done);
  }

  private long transfer(boolean writing, ByteBuffer buffer, long offsetBytes) throws IOException {
    MemorySegment state = STATE.get();
    MemorySegment bytes = MemorySegment.ofBuffer(buffer);
    long size = bytes.byteSize();
    long stamp = begin();
    try {
      while (true) {
        // Two calls of constants: the compiler turns a call of a variable handle into a slow one.
        long done =
            writing
                ? (long) PWRITE.invokeExact(state, descriptor, bytes, size, offsetBytes)
                : (long) PREAD.invokeExact(state, descriptor, bytes, size, offsetBytes);
        if (done >= 0) {
          return done;
        }
        refuseUnlessInterrupted(writing ? "write" : "read", state);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      lifetime.unlockRead(stamp);
    }
  }

  /**
   * Writes {@code source} as far as one call does, durably.
   *
   * @return whether this file system can; if not, nothing was written
   */
  boolean writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    MemorySegment state = STATE.get();
    MemorySegment bytes = MemorySegment.ofBuffer(source);
    long stamp = begin();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment vector = arena.allocate(VECTOR_BYTES, Long.BYTES);
      vector.set(ADDRESS, 0, bytes);
      vector.set(JAVA_LONG, Long.BYTES, bytes.byteSize());
      while (true) {
        long done =
            (long) PWRITEV2.invokeExact(state, descriptor, vector, 1, offsetBytes, RWF_DSYNC);
        if (done >= 0) {
          source.position(source.position() + (int) done);
          return true;
        }
        if (Errno.isUnsupported(errno(state))) {
          return false;
        }
        refuseUnlessInterrupted("write", state);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      lifetime.unlockRead(stamp);
    }
  }

  /**
   * Has the kernel begin to store what it holds of this file, and waits at most for room in the
   * device's queue. Promises nothing and reports no failure: {@link #sync} does.
   */
  void beginStoring() {
    MemorySegment state = STATE.get();
    long stamp = lifetime.readLock();
    try {
      if (!closed) {
        int _ = (int) SYNC_FILE_RANGE.invokeExact(state, descriptor, 0L, 0L, SYNC_FILE_RANGE_WRITE);
      }
    } catch (Throwable t) {
      throw new IllegalStateException(unexpected(t));
    } finally {
      lifetime.unlockRead(stamp);
    }
  }

  /** Makes what was written durable. */
  void sync() throws IOException {
    MemorySegment state = STATE.get();
    long stamp = begin();
    try {
      while ((int) FDATASYNC.invokeExact(state, descriptor) != 0) {
        refuseUnlessInterrupted("sync", state);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      lifetime.unlockRead(stamp);
    }
  }

  /** Where the next data or hole begins, or the end is; -1 if there is none behind the offset. */
  long seek(long offsetBytes, int whence) throws IOException {
    MemorySegment state = STATE.get();
    long stamp = begin();
    try {
      long position = (long) LSEEK.invokeExact(state, descriptor, offsetBytes, whence);
      if (position < 0 && errno(state) != ENXIO) {
        throw failure("seek", path, errno(state));
      }
      return position;
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      lifetime.unlockRead(stamp);
    }
  }

  /** Punches a hole or makes zeroes; returns whether the file system can. */
  boolean allocate(int mode, long offsetBytes, long lengthBytes) throws IOException {
    MemorySegment state = STATE.get();
    long stamp = begin();
    try {
      while ((int) FALLOCATE.invokeExact(state, descriptor, mode, offsetBytes, lengthBytes) != 0) {
        if (Errno.isUnsupported(errno(state))) {
          return false;
        }
        refuseUnlessInterrupted("fallocate", state);
      }
      return true;
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      lifetime.unlockRead(stamp);
    }
  }

  /** Does {@link #BLKDISCARD} or {@link #BLKZEROOUT}; returns whether the device can. */
  boolean control(long request, long offsetBytes, long lengthBytes) throws IOException {
    MemorySegment state = STATE.get();
    long stamp = begin();
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment range = arena.allocateFrom(JAVA_LONG, offsetBytes, lengthBytes);
      if ((int) IOCTL.invokeExact(state, descriptor, request, range) == 0) {
        return true;
      }
      if (Errno.isUnsupported(errno(state))) {
        return false;
      }
      throw failure("ioctl", path, errno(state));
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      lifetime.unlockRead(stamp);
    }
  }

  private long begin() throws IOException {
    long stamp = lifetime.readLock();
    if (closed) {
      lifetime.unlockRead(stamp);
      throw new IOException(path + " was closed");
    }
    return stamp;
  }

  private void refuseUnlessInterrupted(String what, MemorySegment state) throws IOException {
    int error = errno(state);
    if (error != EINTR) {
      throw failure(what, path, error);
    }
  }

  private static int errno(MemorySegment state) {
    return (int) ERRNO.get(state, 0L);
  }

  private static IOException failure(String what, Path path, int error) {
    return new IOException("%s: %s: %s".formatted(path, what, Errno.text(error)));
  }

  @Override
  public void close() throws IOException {
    long stamp = lifetime.writeLock();
    try {
      if (!closed) {
        closed = true;
        int _ = (int) CLOSE.invokeExact(STATE.get(), descriptor);
      }
    } catch (Throwable t) {
      throw unexpected(t);
    } finally {
      lifetime.unlockWrite(stamp);
    }
  }

  /** Native functions throw nothing; what is thrown is ours. */
  private static IOException unexpected(Throwable t) {
    return switch (t) {
      case Error error -> throw error;
      case RuntimeException bug -> throw bug;
      case IOException failure -> failure;
      default -> throw new IllegalStateException("a system call throws nothing checked", t);
    };
  }
}
