package org.secretfs.block;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets requests pass, except into one range: there they wait until it is opened, or fail if it is
 * broken.
 */
final class RangeGate {
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final List<Pass> inFlight = new ArrayList<>();
  private long closedBegin;
  private long closedEnd;
  private @Nullable Exception broken;

  /** A request that passed; given back with {@link #leave}. */
  static final class Pass {
    private final long begin;
    private final long end;

    private Pass(long begin, long end) {
      this.begin = begin;
      this.end = end;
    }

    private boolean touches(long otherBegin, long otherEnd) {
      return begin < otherEnd && otherBegin < end;
    }
  }

  /**
   * Waits until the request may pass.
   *
   * @throws IOException if the range was broken
   */
  Pass enter(long offsetBytes, long lengthBytes) throws IOException {
    Pass pass = new Pass(offsetBytes, offsetBytes + lengthBytes);
    lock.lock();
    try {
      while (pass.touches(closedBegin, closedEnd)) {
        Exception cause = broken;
        if (cause != null) {
          throw new IOException(
              "the part from %d to %d was being re-encrypted when that failed"
                  .formatted(closedBegin, closedEnd),
              cause);
        }
        changed.await();
      }
      inFlight.add(pass);
      return pass;
    } catch (InterruptedException e) {
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  void leave(Pass pass) {
    lock.lock();
    try {
      inFlight.remove(pass);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Closes a range, and waits until no request is in flight in it; interrupted, it is open. */
  void close(long offsetBytes, long lengthBytes) throws IOException {
    lock.lock();
    try {
      broken = null;
      closedBegin = offsetBytes;
      closedEnd = offsetBytes + lengthBytes;
      while (inFlight.stream().anyMatch(pass -> pass.touches(closedBegin, closedEnd))) {
        changed.await();
      }
    } catch (InterruptedException e) {
      closedBegin = 0;
      closedEnd = 0;
      changed.signalAll();
      throw interrupted();
    } finally {
      lock.unlock();
    }
  }

  /** Opens it; {@code first} runs before any request passes. */
  void open(Runnable first) {
    lock.lock();
    try {
      first.run();
      broken = null;
      closedBegin = 0;
      closedEnd = 0;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  void fail(Exception cause) {
    lock.lock();
    try {
      broken = cause;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private static IOException interrupted() {
    Thread.currentThread().interrupt();
    return new InterruptedIOException("interrupted while a part was being re-encrypted");
  }
}
