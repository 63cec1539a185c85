package org.secretfs.attach;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The right to attach or detach under a name, which one process at a time can have; the kernel
 * drops it when the process ends.
 *
 * <p>It is a lock on a file of that name, which is removed with the lock. A process that opened
 * such a file just before it was removed would lock a file that nobody else can find, beside the
 * next one's. Hence files are opened and locked, and removed, under a second lock, on one file for
 * all names that always stays and is held for a moment only.
 */
final class VolumeLock implements AutoCloseable {
  private static final String GUARD = ".lock";

  /**
   * What this process has: locks of files belong to the process, and closing any channel on a file
   * gives its lock away, so that a second one must not even be opened.
   */
  private static final Set<Path> HELD = new HashSet<>();

  private final Path file;
  private final FileChannel channel;

  private VolumeLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes the lock under which a name is attached or detached.
   *
   * @param runtimeDirectory made where it is missing
   * @throws AttachException.Busy if another has it
   * @throws AttachException.NotPermitted if this user may not write there
   */
  static VolumeLock ofName(Path runtimeDirectory, String name) throws AttachException {
    VolumeName checked = VolumeName.of(name);
    try {
      Files.createDirectories(runtimeDirectory);
      return tryTake(runtimeDirectory.toAbsolutePath().resolve("." + checked + ".lock"))
          .orElseThrow(() ->
              new AttachException.Busy(
                  "volume %s is just being attached or detached".formatted(name), List.of()));
    } catch (AccessDeniedException e) {
      throw new AttachException.NotPermitted(
          "this user may not write to %s".formatted(e.getFile()));
    } catch (IOException e) {
      throw new AttachException.NotFound("runtime directory: " + e);
    }
  }

  /** Takes the lock on a file that is made where it is missing; empty if another has it. */
  static Optional<VolumeLock> tryTake(Path file) throws IOException {
    synchronized (HELD) {
      if (HELD.contains(file)) {
        return Optional.empty();
      }
      try (FileChannel _ = guard(file)) {
        return tryLock(file);
      }
    }
  }

  @GuardedBy("HELD")
  private static Optional<VolumeLock> tryLock(Path file) throws IOException {
    FileChannel channel = open(file);
    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        HELD.add(file);
        return Optional.of(new VolumeLock(file, channel));
      }
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return Optional.empty();
  }

  /** Waits for the lock on opening and removing; closing the channel ends it. */
  private static FileChannel guard(Path file) throws IOException {
    FileChannel guard = open(file.resolveSibling(GUARD));
    try {
      FileLock _ = guard.lock();
      return guard;
    } catch (IOException e) {
      guard.close();
      throw e;
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  @Override
  public void close() {
    synchronized (HELD) {
      try (channel) {
        remove();
      } catch (IOException e) {
        throw new IllegalStateException("closing a lock file failed", e);
      } finally {
        HELD.remove(file);
      }
    }
  }

  private void remove() throws IOException {
    try (FileChannel _ = guard(file)) {
      Files.deleteIfExists(file);
      // Before the guard goes: whoever opens the name now makes another file.
      channel.close();
    } catch (NoSuchFileException e) {
      // Somebody removed the whole directory, and the file with it.
    }
  }
}
