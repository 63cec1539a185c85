package org.secretfs.crypto;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lends contexts that one thread at a time may use, and keeps a bounded number of idle ones.
 *
 * <p>Whoever takes one gives it back. Taking and giving neither blocks nor allocates while an idle
 * one is there. Nothing is bound to a thread: a context is lent for one call, in which a virtual
 * thread does not yield, so no more exist than threads run at once.
 *
 * <p>{@link #close} returns when the last context is closed: those that are lent are closed by
 * their borrowers, microseconds later.
 */
final class ContextPool<C extends AutoCloseable> implements AutoCloseable {
  private static final long WAIT_NANOS = 20_000;

  private final Supplier<C> factory;
  private final AtomicReferenceArray<@Nullable C> idle;
  private final int mask;
  private final AtomicInteger existing = new AtomicInteger();
  private volatile boolean closed;

  ContextPool(Supplier<C> factory) {
    this.factory = factory;
    int slots = Integer.highestOneBit(Runtime.getRuntime().availableProcessors() * 4 - 1);
    this.idle = new AtomicReferenceArray<>(slots);
    this.mask = slots - 1;
  }

  C take() {
    requireOpen();
    int first = (int) Thread.currentThread().threadId();
    for (int i = 0; i <= mask; i++) {
      int slot = (first + i) & mask;
      C context = idle.getPlain(slot) == null ? null : idle.getAndSet(slot, null);
      if (context != null) {
        return context;
      }
    }
    return create();
  }

  private C create() {
    existing.incrementAndGet();
    C context = null;
    try {
      requireOpen();
      context = factory.get();
      return context;
    } finally {
      if (context == null) {
        existing.decrementAndGet();
      }
    }
  }

  void give(C context) {
    int first = (int) Thread.currentThread().threadId();
    for (int i = 0; i <= mask && !closed; i++) {
      if (idle.compareAndSet((first + i) & mask, null, context)) {
        if (closed) {
          drain();
        }
        return;
      }
    }
    discard(context);
  }

  @Override
  public void close() {
    closed = true;
    drain();
    while (existing.get() > 0) {
      LockSupport.parkNanos(WAIT_NANOS);
    }
  }

  private void drain() {
    for (int slot = 0; slot <= mask; slot++) {
      C context = idle.getAndSet(slot, null);
      if (context != null) {
        discard(context);
      }
    }
  }

  private void discard(C context) {
    try {
      context.close();
    } catch (Exception e) {
      throw new IllegalStateException("closing a cipher context cannot fail", e);
    } finally {
      existing.decrementAndGet();
    }
  }

  private void requireOpen() {
    if (closed) {
      throw new IllegalStateException("the cipher was closed");
    }
  }
}
