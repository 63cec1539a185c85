package org.secretfs.agent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Keeps two processes from changing one volume at once; the second waits. The kernel releases it
 * when its holder dies.
 */
final class VolumeLock implements AutoCloseable {
  private final FileChannel channel;

  private VolumeLock(FileChannel channel) {
    this.channel = channel;
  }

  /** Waits for the lock of a volume. */
  static VolumeLock acquire(StateFiles files, String volume) throws AgentException {
    Path path = files.lockFile(volume);
    try {
      StateFiles.makePrivateDirectories(StateFiles.directoryOf(path));
      FileChannel channel =
          FileChannel.open(path, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      channel.lock();
      return new VolumeLock(channel);
    } catch (IOException e) {
      throw new AgentException(
          AgentError.STATE_UNWRITABLE, "lock file %s cannot be taken: %s".formatted(path, e), e);
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
