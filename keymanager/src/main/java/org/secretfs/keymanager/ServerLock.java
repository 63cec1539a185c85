package org.secretfs.keymanager;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.secretfs.keymanager.failure.KeyManagerException;

/** Holds a second server off the same state. Given back when the process ends, however it ends. */
final class ServerLock implements AutoCloseable {
  private final FileChannel channel;

  private ServerLock(FileChannel channel) {
    this.channel = channel;
  }

  static ServerLock take(Path stateDirectory) throws KeyManagerException {
    Path file = stateDirectory.resolve("server.lock");
    try {
      FileChannel channel =
          FileChannel.open(
              file,
              Set.of(StandardOpenOption.WRITE, StandardOpenOption.CREATE),
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      if (!isLocked(channel)) {
        channel.close();
        throw new KeyManagerException.Store(
            "state %s: another server uses it".formatted(stateDirectory));
      }
      return new ServerLock(channel);
    } catch (IOException e) {
      throw new KeyManagerException.Unavailable("lock %s: cannot be taken".formatted(file), e);
    }
  }

  private static boolean isLocked(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) {
      return false;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new IllegalStateException("closing a lock file writes nothing", e);
    }
  }
}
