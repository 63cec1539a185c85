package org.secretfs.agent;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Makes sparse backing files. */
final class BackingFiles {
  private BackingFiles() {}

  /**
   * Makes the file with mode 0600 and its size; repeatable while the file is empty. Durable on
   * return. A file that appeared meanwhile and is not empty is left as it is, and looked at next.
   */
  static void make(DeviceSpec.BackingFile file) throws AgentException {
    Path path = file.path();
    try {
      Path directory = StateFiles.directoryOf(path);
      StateFiles.makePrivateDirectories(directory);
      extend(path, file.sizeBytes());
      StateFiles.syncDirectory(directory);
    } catch (IOException e) {
      throw new AgentException(
          AgentError.DEVICE_UNREADABLE,
          "backing file %s of %d bytes cannot be made: %s".formatted(path, file.sizeBytes(), e),
          e);
    }
  }

  private static void extend(Path path, long sizeBytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      if (channel.size() == 0) {
        channel.write(ByteBuffer.allocate(1), sizeBytes - 1);
      }
      channel.force(true);
    }
  }
}
