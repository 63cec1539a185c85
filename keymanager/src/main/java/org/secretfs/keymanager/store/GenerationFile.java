package org.secretfs.keymanager.store;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.secretfs.keymanager.failure.KeyManagerException;

/**
 * Remembers, beside the root key and so apart from the database, how often the database was
 * changed. A database whose own count is smaller is an older copy: it may hold keys as enabled that
 * were disabled since.
 *
 * <p>Written after each change, so it is never ahead of the database it goes with. Twenty decimal
 * digits and a newline, within one sector, written in place.
 */
final class GenerationFile implements AutoCloseable {
  private static final int DIGITS = 20;

  private final RandomAccessFile file;

  private GenerationFile(RandomAccessFile file) {
    this.file = file;
  }

  static Path beside(Path rootKeyFile) {
    return rootKeyFile.resolveSibling(rootKeyFile.getFileName() + ".generation");
  }

  static GenerationFile open(Path path) throws IOException {
    if (!Files.exists(path)) {
      PrivateFiles.create(path, text(0));
    }
    return new GenerationFile(new RandomAccessFile(path.toFile(), "rw"));
  }

  private static byte[] text(long generation) {
    return ("%0" + DIGITS + "d\n").formatted(generation).getBytes(StandardCharsets.US_ASCII);
  }

  /** Refuses a database that was changed less often than was seen before. */
  void refuseOlder(Path database, long generation) throws IOException, KeyManagerException.Store {
    long seen = read();
    if (generation < seen) {
      throw new KeyManagerException.Store(
          "database %s: is an older copy, changed %d times where %d were seen"
              .formatted(database, generation, seen));
    }
  }

  long read() throws IOException, KeyManagerException.Store {
    byte[] text = new byte[DIGITS];
    file.seek(0);
    file.readFully(text);
    try {
      return Long.parseLong(new String(text, StandardCharsets.US_ASCII));
    } catch (NumberFormatException e) {
      throw new KeyManagerException.Store("generation file: is not %d digits".formatted(DIGITS), e);
    }
  }

  /** Remembers durably. */
  void write(long generation) throws IOException {
    file.seek(0);
    file.write(text(generation));
    file.getFD().sync();
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
