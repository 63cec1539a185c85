package org.secretfs.audit;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Lets many threads share one sync of the disk.
 *
 * <p>Appending threads chain their lines to a pending batch under a lock and wait. One thread takes
 * the batch as a whole, writes and syncs it outside of the lock, and wakes those whose lines were
 * in it; meanwhile the next batch gathers. So a batch is as large as the load wants, and one thread
 * alone waits for one sync only.
 */
final class GroupCommit implements AutoCloseable {
  private final SegmentWriter writer;
  private final Thread thread;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition arrived = lock.newCondition();
  private final Condition durable = lock.newCondition();

  private ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private Verification.Head chained;
  private volatile Verification.Head durableHead;
  private volatile @Nullable IOException failure;
  private boolean closing;

  private GroupCommit(SegmentWriter writer, Verification.Head head) {
    this.writer = writer;
    this.chained = head;
    this.durableHead = head;
    this.thread = Thread.ofPlatform().name("audit-log").daemon().unstarted(this::writeBatches);
  }

  static GroupCommit start(Path directory, LogTail tail, long segmentBytes) throws IOException {
    return start(new SegmentWriter(directory, tail.lastFile(), segmentBytes), tail.head());
  }

  /** Takes over {@code writer}. */
  static GroupCommit start(SegmentWriter writer, Verification.Head head) {
    GroupCommit commit = new GroupCommit(writer, head);
    commit.thread.start();
    return commit;
  }

  Verification.Head append(byte[] record) throws IOException {
    lock.lock();
    try {
      refuseIfEnded();
      LogLine line = LogLine.after(chained, record);
      if (line.bytes().length > LogLine.MAX_BYTES) {
        throw new IllegalArgumentException(
            "audit record of %d bytes: at most %d".formatted(record.length, LogLine.MAX_BYTES));
      }
      pending.writeBytes(line.bytes());
      pending.write('\n');
      chained = line.position();
      arrived.signal();
      awaitDurable(line.position().sequence());
      return line.position();
    } finally {
      lock.unlock();
    }
  }

  private void refuseIfEnded() throws IOException {
    rethrow(failure);
    if (closing) {
      throw new IOException("the audit log was closed");
    }
  }

  private void awaitDurable(long sequence) throws IOException {
    while (durableHead.sequence() < sequence) {
      rethrow(failure);
      durable.awaitUninterruptibly();
    }
  }

  private static void rethrow(@Nullable IOException cause) throws IOException {
    if (cause != null) {
      throw new IOException("the audit log cannot be written: " + cause.getMessage(), cause);
    }
  }

  private void writeBatches() {
    try {
      while (writeNextBatch()) {
        // Each call is one batch and one sync.
      }
    } catch (IOException e) {
      fail(e);
    } catch (RuntimeException | Error e) {
      fail(new IOException(e));
      throw e;
    }
  }

  private boolean writeNextBatch() throws IOException {
    ByteArrayOutputStream batch;
    Verification.Head last;
    lock.lock();
    try {
      while (pending.size() == 0 && !closing) {
        arrived.awaitUninterruptibly();
      }
      if (pending.size() == 0) {
        return false;
      }
      batch = pending;
      last = chained;
      pending = new ByteArrayOutputStream();
    } finally {
      lock.unlock();
    }
    writer.write(batch.toByteArray(), durableHead.sequence() + 1);
    acknowledge(last);
    return true;
  }

  private void acknowledge(Verification.Head last) {
    lock.lock();
    try {
      durableHead = last;
      durable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void fail(IOException cause) {
    lock.lock();
    try {
      failure = cause;
      durable.signalAll();
    } finally {
      lock.unlock();
    }
  }

  boolean isHealthy() {
    return failure == null && thread.isAlive();
  }

  Verification.Head durableHead() {
    return durableHead;
  }

  @Override
  public void close() throws IOException {
    lock.lock();
    try {
      closing = true;
      arrived.signal();
    } finally {
      lock.unlock();
    }
    joinThread();
    writer.close();
  }

  private void joinThread() {
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
