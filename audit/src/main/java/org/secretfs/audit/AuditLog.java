package org.secretfs.audit;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import org.jspecify.annotations.Nullable;

/**
 * An append-only log of audit records: files of JSON lines in one directory, each line chained to
 * the one before it by SHA-256, and on the disk before {@link #append} returns.
 *
 * <p>One process writes a log; a lock on the file {@code lock} holds others off. Any number of
 * threads append: those that come while the disk is busy share the next {@code fsync}. Directories
 * have mode 0700, files 0600.
 *
 * <p>Fails closed. After the first error of the disk every append throws and {@link #isHealthy} is
 * false, until the log is opened again; since a failed {@code fsync} leaves unknown what the disk
 * holds, going on would be a guess.
 *
 * <p>What the chain proves and what not is told in {@link AuditTrail}.
 */
public final class AuditLog implements AutoCloseable {
  private final FileChannel lockChannel;
  private final GroupCommit commit;

  private AuditLog(FileChannel lockChannel, GroupCommit commit) {
    this.lockChannel = lockChannel;
    this.commit = commit;
  }

  /**
   * Opens a log for writing and makes it where it is missing.
   *
   * <p>An unfinished line at the end, which a crash leaves, is cut off, kept aside in a file whose
   * name ends in {@code .torn}, and noted by a record of its own. Checks the last two files of the
   * log; {@link AuditTrail#verify(Path)} checks all.
   *
   * @param directory where its files are
   * @param clock gives the time of records that the log makes itself
   * @throws AuditException.Locked if it has a writer
   * @throws AuditException.BrokenChain if it is damaged elsewhere than at its unfinished end
   * @throws IOException if a file cannot be made, read or written
   */
  public static AuditLog open(Path directory, Clock clock) throws IOException, AuditException {
    return open(directory, clock, SegmentWriter.DEFAULT_MAX_BYTES);
  }

  static AuditLog open(Path directory, Clock clock, long segmentBytes)
      throws IOException, AuditException {
    PrivateFiles.directory(directory);
    FileChannel lock = lock(directory);
    try {
      LogTail tail = LogTail.repair(directory);
      AuditLog log = new AuditLog(lock, GroupCommit.start(directory, tail, segmentBytes));
      if (tail.cutBytes() > 0) {
        log.noteCut(tail, clock);
      }
      return log;
    } catch (IOException | AuditException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static FileChannel lock(Path directory) throws IOException, AuditException.Locked {
    Path file = directory.resolve("lock");
    PrivateFiles.create(file);
    FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE);
    if (tryLock(channel) == null) {
      channel.close();
      throw new AuditException.Locked(directory);
    }
    return channel;
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) {
      return null;
    }
  }

  private void noteCut(LogTail tail, Clock clock) throws IOException {
    append(
        AuditEvent.named("audit.secretfs", "CutTornTail")
            .at(clock.instant())
            .by(AuditIdentity.service("audit.secretfs"))
            .serviceEvent()
            .noting(JsonNodeFactory.instance.objectNode().put("cutBytes", tail.cutBytes()))
            .build());
  }

  /**
   * Writes a record and returns when it is on the disk.
   *
   * @return its place in the log
   * @throws IOException if it is not, or may not be, on the disk; so it is for every later call
   */
  public Verification.Head append(AuditEvent event) throws IOException {
    return commit.append(event.toJson());
  }

  /** Whether records can be written. */
  public boolean isHealthy() {
    return commit.isHealthy();
  }

  /** The last record that is on the disk. */
  public Verification.Head head() {
    return commit.durableHead();
  }

  /** Writes what is pending and ends. Further calls do nothing. */
  @Override
  public void close() throws IOException {
    try {
      commit.close();
    } finally {
      lockChannel.close();
    }
  }
}
