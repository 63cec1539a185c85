package org.secretfs.proxy;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the requests that are inside, and can be closed to the next ones. Begins closed. Passing
 * an open gate costs two atomic additions and allocates nothing.
 */
final class Gate {
  /** Set while the gate is closed; the bits below count who is inside. */
  private static final long CLOSED = Long.MIN_VALUE;

  private final AtomicLong state = new AtomicLong(CLOSED);
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private boolean ended;

  /** Goes in if the gate is open; who did must {@link #leave}. */
  boolean tryEnter() {
    if (state.incrementAndGet() >= 0) {
      return true;
    }
    leave();
    return false;
  }

  void leave() {
    if (state.decrementAndGet() == CLOSED) {
      signal();
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void open() {
    state.getAndUpdate(now -> now & ~CLOSED);
    signal();
  }

  /** Lets nobody else in, and waits until nobody is inside; returns whether that came in time. */
  boolean close(Duration most) {
    state.getAndUpdate(now -> now | CLOSED);
    return await(most, () -> state.get() == CLOSED);
  }

  /**
   * Waits while the gate is closed, for a time at most; returns false if it will never be opened.
   */
  boolean awaitOpen(Duration most) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      long nanos = most.toNanos();
      while (state.get() < 0 && !ended && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      return !ended;
    } finally {
      lock.unlock();
    }
  }

  /** Says that the closed gate will never open again, to those who wait and to all to come. */
  void end() {
    lock.lock();
    try {
      ended = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean hasEnded() {
    lock.lock();
    try {
      return ended;
    } finally {
      lock.unlock();
    }
  }

  private boolean await(Duration most, java.util.function.BooleanSupplier condition) {
    lock.lock();
    try {
      long nanos = most.toNanos();
      while (!condition.getAsBoolean() && nanos > 0) {
        nanos = changed.awaitNanos(nanos);
      }
      return condition.getAsBoolean();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return condition.getAsBoolean();
    } finally {
      lock.unlock();
    }
  }
}
