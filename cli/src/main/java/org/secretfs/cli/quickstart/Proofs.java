package org.secretfs.cli.quickstart;

import com.google.errorprone.annotations.FormatMethod;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;

/** What quickstart proves about files; each failure is an exception. */
final class Proofs {
  private static final int HEADER_BYTES = 16 << 20;

  private Proofs() {}

  /** Writes a file through the mount; it is on the disk when this returns. */
  static void write(Path file, String text) throws CliException {
    try (FileChannel channel =
        FileChannel.open(
            file,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      channel.force(true);
    } catch (IOException e) {
      throw failed(e, "%s cannot be written: %s", file, e);
    }
  }

  static void readsBack(Path file, String text) throws CliException {
    try {
      require(Files.readString(file).equals(text), "%s does not read back as written", file);
    } catch (IOException e) {
      throw failed(e, "%s cannot be read: %s", file, e);
    }
  }

  /** The ciphertext must not hold the text, by a search that does find what is there in clear. */
  static void isNowhereIn(Path disk, String text, String inClear) throws CliException {
    try {
      require(
          ByteSearch.contains(disk, inClear.getBytes(StandardCharsets.UTF_8)),
          "the search does not even find the header's UUID in %s",
          disk);
      require(
          !ByteSearch.contains(disk, text.getBytes(StandardCharsets.UTF_8)),
          "the text of the file is in clear in %s",
          disk);
    } catch (IOException e) {
      throw failed(e, "%s cannot be searched: %s", disk, e);
    }
  }

  /** A digest of the header's area, to show that nothing changed. */
  static String headerDigest(Path disk) throws CliException {
    try (var in = Files.newInputStream(disk)) {
      byte[] header = in.readNBytes(HEADER_BYTES);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(header);
      return HexFormat.of().formatHex(Arrays.copyOf(digest, 8));
    } catch (IOException e) {
      throw failed(e, "%s cannot be read: %s", disk, e);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  @FormatMethod
  static void require(boolean holds, String format, Object... args) throws CliException {
    if (!holds) {
      throw new CliException(CliError.PROOF_FAILED, format.formatted(args));
    }
  }

  @FormatMethod
  private static CliException failed(Exception cause, String format, Object... args) {
    return new CliException(CliError.PROOF_FAILED, format.formatted(args), cause);
  }
}
