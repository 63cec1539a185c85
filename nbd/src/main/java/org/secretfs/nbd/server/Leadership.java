package org.secretfs.nbd.server;

import java.util.function.Predicate;

/**
 * Who of a connection's workers receives: always exactly one, the leader, unless all are busy.
 *
 * <p>A leader executes what is quick itself, so that a client with one request in flight is served
 * without a switch of threads; before it executes what may take long, it passes the lead on.
 */
final class Leadership {
  private static final long IDLE_MILLIS = 10_000;

  private final int mostWorkers;
  private final Predicate<Leadership> starter;
  private int workers = 1;
  private int idle;
  private int grants;
  private boolean vacant;
  private boolean ended;

  /**
   * The caller leads.
   *
   * @param starter starts a further worker that leads; false if none can be had
   */
  Leadership(int mostWorkers, Predicate<Leadership> starter) {
    this.mostWorkers = mostWorkers;
    this.starter = starter;
  }

  /** Gives the lead to another worker, or to the first that gets free. */
  synchronized void pass() {
    if (idle > grants) {
      grants++;
      notify();
    } else if (workers < mostWorkers) {
      workers++;
      if (!starter.test(this)) {
        // This worker takes the lead again when it is done.
        workers--;
        vacant = true;
      }
    } else {
      vacant = true;
    }
  }

  /**
   * Waits until this worker leads.
   *
   * @param stays whether it waits as long as it takes
   * @return false if the connection ended, or the worker is not needed and must end
   */
  synchronized boolean acquire(boolean stays) {
    if (vacant && !ended) {
      vacant = false;
      return true;
    }
    idle++;
    try {
      long deadline = System.nanoTime() + IDLE_MILLIS * 1_000_000;
      while (!ended && grants == 0 && (stays || System.nanoTime() - deadline < 0)) {
        wait(IDLE_MILLIS);
      }
      if (ended || grants == 0) {
        return false;
      }
      grants--;
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    } finally {
      idle--;
    }
  }

  /** Nobody is to lead any more. */
  synchronized void end() {
    ended = true;
    notifyAll();
  }

  /** A worker is gone. */
  synchronized void leave() {
    workers--;
    notifyAll();
  }

  /** Waits until all workers but the caller are gone. */
  synchronized void awaitOthers() {
    boolean interrupted = false;
    while (workers > 1) {
      try {
        wait();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
