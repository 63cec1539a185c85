package org.secretfs.agent;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Objects;

/**
 * Where the agent keeps its notes: what must survive a reboot under the state directory, what must
 * not under the runtime directory. None of them holds a secret.
 *
 * @param stateDirectory by default {@code /var/lib/secretfs}
 * @param runtimeDirectory by default {@code /run/secretfs}
 */
public record StateFiles(Path stateDirectory, Path runtimeDirectory) {
  /** Where the agent's own audit trail is. */
  public Path auditDirectory() {
    return stateDirectory.resolve("audit");
  }

  Path failureFile(String volume) {
    return runtimeDirectory.resolve("failures").resolve(volume + ".json");
  }

  Path lockFile(String volume) {
    return runtimeDirectory.resolve("locks").resolve(volume + ".lock");
  }

  /** The directory that holds a file. */
  static Path directoryOf(Path file) {
    return Objects.requireNonNull(file.toAbsolutePath().getParent(), "the root is no file");
  }

  static void makePrivateDirectories(Path directory) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }

  /** Replaces a file as a whole; durable on return. */
  static void replace(Path file, byte[] content) throws IOException {
    makePrivateDirectories(directoryOf(file));
    Path fresh = file.resolveSibling(file.getFileName() + ".new");
    try (FileChannel channel =
        FileChannel.open(
            fresh,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      java.nio.ByteBuffer buffer = java.nio.ByteBuffer.wrap(content);
      while (buffer.hasRemaining()) {
        channel.write(buffer);
      }
      channel.force(true);
    }
    Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    syncDirectory(directoryOf(file));
  }

  /** Deletes a file where there is one; durable on return. */
  static void delete(Path file) throws IOException {
    if (Files.deleteIfExists(file)) {
      syncDirectory(directoryOf(file));
    }
  }

  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
