package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;
import java.util.Set;

/** Makes sparse backing files. */
public final class BackingFiles {
  private BackingFiles() {}

  /**
   * Makes the file with mode 0600 and its size, and its directory with mode 0700 where that is
   * missing; repeatable while the file is empty. Durable on return. A file that appeared meanwhile
   * and is not empty is left as it is.
   */
  public static void make(Path file, long sizeBytes) throws IOException {
    Path directory =
        Objects.requireNonNull(file.toAbsolutePath().getParent(), "the root is no file");
    Files.createDirectories(directory, mode("rwx------"));
    extend(file, sizeBytes);
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static FileAttribute<Set<PosixFilePermission>> mode(String permissions) {
    return PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions));
  }

  private static void extend(Path path, long sizeBytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(
            path,
            Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, StandardOpenOption.SPARSE),
            mode("rw-------"))) {
      if (channel.size() == 0) {
        channel.write(ByteBuffer.allocate(1), sizeBytes - 1);
      }
      channel.force(true);
    }
  }
}
