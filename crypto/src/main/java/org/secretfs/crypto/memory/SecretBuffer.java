package org.secretfs.crypto.memory;

import com.google.errorprone.annotations.RestrictedApi;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/**
 * A fixed-length secret held outside the Java heap, in pages of its own that are locked in memory,
 * left out of core dumps, emptied in forked children, and wiped on {@link #close}.
 *
 * <p>Whoever creates one closes it. Safe for use by several threads; using a closed one throws
 * {@link IllegalStateException}. Has no {@code equals} and prints its length only.
 *
 * <p>What this does <em>not</em> protect: a copy taken with {@link #borrow}, the round keys that a
 * JCA cipher derives from it (they stay on the heap), and anything that a process with the right to
 * read this one's memory does.
 */
public final class SecretBuffer implements AutoCloseable {
  /** The most bytes that one buffer holds: more than the largest key file of cryptsetup's. */
  public static final int MAX_LENGTH_BYTES = 16 << 20;

  private static final long CLOSE_RETRY_NANOS = 50_000;
  private static final AtomicLong UNLOCKED = new AtomicLong();

  private final Arena arena = Arena.ofShared();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final MemorySegment bytes;
  private final boolean locked;

  private SecretBuffer(int lengthBytes) {
    if (lengthBytes < 1 || lengthBytes > MAX_LENGTH_BYTES) {
      throw new IllegalArgumentException(
          "secret of %d bytes: must be 1 to %d".formatted(lengthBytes, MAX_LENGTH_BYTES));
    }
    MemorySegment pages = mapPages(lengthBytes);
    this.locked = Posix.lock(pages);
    this.bytes = pages.asSlice(0, lengthBytes);
    if (!locked) {
      UNLOCKED.incrementAndGet();
    }
  }

  private MemorySegment mapPages(int lengthBytes) {
    try {
      MemorySegment pages = Posix.mapPages(lengthBytes, arena);
      Posix.excludeFromDumps(pages);
      Posix.wipeOnFork(pages);
      return pages;
    } catch (RuntimeException | Error e) {
      arena.close();
      throw e;
    }
  }

  /**
   * How many open secrets the kernel refused to lock: these may be written to swap. More than zero
   * is worth telling the owner.
   */
  public static long unlockedCount() {
    return UNLOCKED.get();
  }

  /** Returns a buffer of zeroes to be filled through {@link #segment}. */
  public static SecretBuffer allocate(int lengthBytes) {
    return new SecretBuffer(lengthBytes);
  }

  /** Returns random bytes from the kernel. */
  public static SecretBuffer random(int lengthBytes) {
    SecretBuffer secret = new SecretBuffer(lengthBytes);
    Posix.fillRandom(secret.bytes);
    return secret;
  }

  /** Moves a secret off the heap and wipes the array it came in. */
  public static SecretBuffer takeFrom(byte[] source) {
    try {
      SecretBuffer secret = new SecretBuffer(source.length);
      MemorySegment.copy(source, 0, secret.bytes, ValueLayout.JAVA_BYTE, 0, source.length);
      return secret;
    } finally {
      Arrays.fill(source, (byte) 0);
    }
  }

  /** Returns a new buffer with the bytes from {@code offset} on. */
  public SecretBuffer slice(int offset, int lengthBytes) {
    MemorySegment source = segment().asSlice(offset, lengthBytes);
    SecretBuffer part = new SecretBuffer(lengthBytes);
    part.bytes.copyFrom(source);
    return part;
  }

  /** The length in bytes. */
  public int length() {
    return Math.toIntExact(bytes.byteSize());
  }

  /** Whether the kernel locked the pages; it refuses past {@code RLIMIT_MEMLOCK}. */
  public boolean isLocked() {
    return locked;
  }

  /**
   * The secret itself, for native code and for copies between native buffers. Valid until {@link
   * #close}.
   */
  public MemorySegment segment() {
    if (closed.get()) {
      throw new IllegalStateException("the secret was closed");
    }
    return bytes;
  }

  /**
   * Lends the secret as a heap array for APIs that accept nothing else; the array is wiped when
   * {@code use} returns. A collector may have moved it before, so this is hygiene, not protection.
   */
  @RestrictedApi(
      explanation = "A borrowed secret is a heap copy",
      allowlistAnnotations = BorrowsSecret.class)
  public <R extends @org.jspecify.annotations.Nullable Object, X extends Exception> R borrow(
      Use<R, X> use) throws X {
    byte[] copy = segment().toArray(ValueLayout.JAVA_BYTE);
    try {
      return use.apply(copy);
    } finally {
      Arrays.fill(copy, (byte) 0);
    }
  }

  /** Whether both hold the same bytes; takes the same time wherever they differ. */
  public boolean equalsSecret(SecretBuffer other) {
    MemorySegment mine = segment();
    MemorySegment theirs = other.segment();
    if (mine.byteSize() != theirs.byteSize()) {
      return false;
    }
    int difference = 0;
    for (long i = 0; i < mine.byteSize(); i++) {
      difference |= mine.get(ValueLayout.JAVA_BYTE, i) ^ theirs.get(ValueLayout.JAVA_BYTE, i);
    }
    return difference == 0;
  }

  /**
   * Wipes and unmaps; further calls do nothing. Waits for native code that is using the secret in
   * another thread, such as a key derivation.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      closeArena();
      if (!locked) {
        UNLOCKED.decrementAndGet();
      }
    }
  }

  private void closeArena() {
    while (arena.scope().isAlive()) {
      try {
        arena.close();
      } catch (IllegalStateException inUse) {
        LockSupport.parkNanos(CLOSE_RETRY_NANOS);
      }
    }
  }

  @Override
  public String toString() {
    return "SecretBuffer[%d bytes]".formatted(bytes.byteSize());
  }

  /** What is done with a borrowed secret. */
  @FunctionalInterface
  public interface Use<R extends @org.jspecify.annotations.Nullable Object, X extends Exception> {
    /** Uses {@code secret}, which is wiped afterwards; must not keep it. */
    R apply(byte[] secret) throws X;
  }
}
