package org.secretfs.cli.luks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import org.secretfs.cli.config.DurableFile;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.luks.VolumeKey;

/** Files that only their owner can read: of keys, and of headers, at which others could guess. */
final class PrivateFile {
  private PrivateFile() {}

  static void requireAbsent(Path file) throws CliException {
    if (Files.exists(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new CliException(
          CliError.FILE_EXISTS, "%s exists and is not overwritten".formatted(file));
    }
  }

  /** Writes a key straight from native memory; durable on return. */
  static void write(Path file, VolumeKey key) throws IOException {
    try (FileChannel channel = create(file)) {
      ByteBuffer bytes = key.secret().segment().asByteBuffer();
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
    DurableFile.syncName(file);
  }

  /** Makes a file of that many zeroes, or one that is there already as long as that; durably. */
  static void make(Path file, long bytes) throws IOException {
    if (Files.notExists(file)) {
      create(file).close();
    }
    try (RandomAccessFile opened = new RandomAccessFile(file.toFile(), "rw")) {
      opened.setLength(Math.max(opened.length(), bytes));
      opened.getFD().sync();
    }
    DurableFile.syncName(file);
  }

  /** Makes the file; the caller closes it. */
  static FileChannel create(Path file) throws IOException {
    return FileChannel.open(
        file,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
  }
}
