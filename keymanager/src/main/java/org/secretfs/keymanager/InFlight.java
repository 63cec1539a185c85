package org.secretfs.keymanager;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** Counts the requests under way, and can end that with none. */
final class InFlight {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition none = lock.newCondition();
  private int count;
  private boolean draining;

  /** Begins a request; false if no more are taken. */
  boolean enter() {
    lock.lock();
    try {
      if (!draining) {
        count++;
      }
      return !draining;
    } finally {
      lock.unlock();
    }
  }

  void leave() {
    lock.lock();
    try {
      count--;
      none.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** How many requests are under way. */
  int count() {
    lock.lock();
    try {
      return count;
    } finally {
      lock.unlock();
    }
  }

  boolean isDraining() {
    lock.lock();
    try {
      return draining;
    } finally {
      lock.unlock();
    }
  }

  /** Takes no more requests and waits for those under way; returns whether all ended in time. */
  boolean drain(Duration most) {
    lock.lock();
    try {
      draining = true;
      long nanos = most.toNanos();
      while (count > 0 && nanos > 0) {
        nanos = none.awaitNanos(nanos);
      }
      return count == 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      lock.unlock();
    }
  }
}
