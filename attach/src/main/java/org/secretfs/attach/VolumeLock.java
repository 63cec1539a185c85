package org.secretfs.attach;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;

/**
 * A lock on a file that one process at a time can hold; the kernel drops it when the process ends.
 */
final class VolumeLock implements AutoCloseable {
  private final FileChannel channel;

  private VolumeLock(FileChannel channel) {
    this.channel = channel;
  }

  /**
   * Takes the lock under which a name is attached or detached.
   *
   * @param runtimeDirectory made where it is missing
   * @throws AttachException.Busy if another has it
   */
  static VolumeLock ofName(Path runtimeDirectory, String name) throws AttachException {
    try {
      Files.createDirectories(runtimeDirectory);
      return tryCreate(runtimeDirectory.resolve("." + VolumeName.of(name) + ".lock"))
          .orElseThrow(() ->
              new AttachException.Busy(
                  "volume %s is just being attached or detached".formatted(name), List.of()));
    } catch (IOException e) {
      throw new AttachException.NotFound("runtime directory: " + e);
    }
  }

  /** Takes the lock on a file that is made where it is missing; empty if another has it. */
  static Optional<VolumeLock> tryCreate(Path file) throws IOException {
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);

    try {
      FileLock lock = channel.tryLock();
      if (lock != null) {
        return Optional.of(new VolumeLock(channel));
      }
    } catch (OverlappingFileLockException e) {
      // Another thread of this process has it.
    } catch (IOException e) {
      channel.close();
      throw e;
    }
    channel.close();
    return Optional.empty();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a lock file failed", e);
    }
  }
}
