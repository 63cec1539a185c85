package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.luks.VolumeKey;

/** Writes a key to a new file that only its owner can read. */
final class KeyToFile {
  private KeyToFile() {}

  static void requireAbsent(Path file) throws CliException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new CliException(
          CliError.FILE_EXISTS, "%s exists and is not overwritten".formatted(file));
    }
  }

  /** Writes straight from native memory; durable on return. */
  static void write(Path file, VolumeKey key) throws IOException {
    try (FileChannel channel = create(file)) {
      ByteBuffer bytes = key.secret().segment().asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  /** Makes the file; the caller closes it. */
  static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }
}
