package org.secretfs.cli.input;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;

/**
 * The process' standard input and, where there is one, the terminal of the person at it.
 *
 * <p>Secrets are read straight into native memory: the buffer of {@code System.in} would keep a
 * copy. A line is read byte by byte, so that what follows it is left to the next reader.
 */
public final class Input {
  /** The most bytes of a passphrase that ends with a line, as cryptsetup has it. */
  public static final int MAX_LINE_BYTES = 512;

  private static final int CHUNK_BYTES = 64 << 10;
  private static final int FIRST_KEY_BYTES = 16 << 10;

  private final ReadableByteChannel channel;
  private final @Nullable Terminal terminal;

  private Input(ReadableByteChannel channel, @Nullable Terminal terminal) {
    this.channel = channel;
    this.terminal = terminal;
  }

  /** The process' own. */
  public static Input standard() {
    ReadableByteChannel channel = new FileInputStream(FileDescriptor.in).getChannel();
    return new Input(channel, isTerminal(Path.of("/proc/self/fd/0")) ? new Terminal() : null);
  }

  /** What a channel holds, and nobody at a terminal. */
  public static Input of(ReadableByteChannel channel) {
    return new Input(channel, null);
  }

  /**
   * Whether an open file is a terminal.
   *
   * @param descriptor its link below {@code /proc/self/fd}
   */
  public static boolean isTerminal(Path descriptor) {
    try {
      String target = Files.readSymbolicLink(descriptor).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException e) {
      return false;
    }
  }

  /** The terminal, where standard input is one. */
  public Optional<Terminal> terminal() {
    return Optional.ofNullable(terminal);
  }

  /** Standard input itself, for data. */
  public ReadableByteChannel channel() {
    return channel;
  }

  /**
   * Reads a passphrase up to the end of the line, which is not part of it, or of the input.
   *
   * @return empty if there is nothing; the caller closes it
   * @throws IOException if the line is longer than {@link #MAX_LINE_BYTES}
   */
  public Optional<SecretBuffer> secretLine() throws IOException {
    return secretLine(channel);
  }

  /** The same from a file, a device or a descriptor's path. */
  public static Optional<SecretBuffer> secretLineOf(Path path) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      return secretLine(file);
    }
  }

  static Optional<SecretBuffer> secretLine(ReadableByteChannel channel) throws IOException {
    try (SecretBuffer line = SecretBuffer.allocate(MAX_LINE_BYTES + 1)) {
      ByteBuffer bytes = line.segment().asByteBuffer();
      boolean ended = false;
      while (!ended) {
        if (!bytes.hasRemaining()) {
          throw new IOException("a passphrase has more than %d bytes".formatted(MAX_LINE_BYTES));
        }
        bytes.limit(bytes.position() + 1);
        ended = channel.read(bytes) < 0 || bytes.get(bytes.position() - 1) == '\n';
        bytes.limit(bytes.capacity());
      }
      int length = bytes.position();
      boolean newline = length > 0 && bytes.get(length - 1) == '\n';
      int kept = newline ? length - 1 : length;
      return kept == 0 ? Optional.empty() : Optional.of(line.slice(0, kept));
    }
  }

  /** Reads a key from standard input: what {@code range} says; the caller closes it. */
  public SecretBuffer key(KeyRange range) throws IOException {
    return key(channel, range);
  }

  /** Reads a key from a file, a device or a descriptor's path; the caller closes it. */
  public static SecretBuffer keyOf(Path path, KeyRange range) throws IOException {
    try (FileChannel file = FileChannel.open(path, StandardOpenOption.READ)) {
      return key(file, range);
    }
  }

  /**
   * Reads a key: what the range of a channel holds, newlines included.
   *
   * @param range which bytes; a key without a stated length ends with the input
   * @return the caller closes it
   * @throws IOException if there are too few or too many bytes
   */
  static SecretBuffer key(ReadableByteChannel channel, KeyRange range) throws IOException {
    skip(channel, range.offsetBytes());
    int most = range.sizeBytes().orElse(KeyRange.MAX_BYTES + 1);
    SecretBuffer read = SecretBuffer.allocate(Math.min(most, FIRST_KEY_BYTES));
    try {
      int got = fill(channel, read, 0);
      while (got == read.length() && got < most) {
        SecretBuffer larger = SecretBuffer.allocate(Math.min(most, 4 * got));
        larger.segment().asSlice(0, got).copyFrom(read.segment());
        read.close();
        read = larger;
        got = fill(channel, read, got);
      }
      range.check(got);
      return read.slice(0, got);
    } finally {
      read.close();
    }
  }

  /** Reads on behind the first {@code filled} bytes; returns how many there are then. */
  private static int fill(ReadableByteChannel channel, SecretBuffer target, int filled)
      throws IOException {
    ByteBuffer bytes = target.segment().asByteBuffer().position(filled);
    int got = 0;
    while (bytes.hasRemaining() && got >= 0) {
      got = channel.read(bytes);
    }
    return bytes.position();
  }

  private static void skip(ReadableByteChannel channel, long bytes) throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long left = bytes;
    while (left > 0) {
      int got = channel.read(chunk.clear().limit((int) Math.min(CHUNK_BYTES, left)));
      if (got < 0) {
        throw new IOException("the key file ends before offset %d".formatted(bytes));
      }
      left -= got;
    }
    wipe(chunk);
  }

  private static void wipe(ByteBuffer chunk) {
    chunk.clear();
    while (chunk.hasRemaining()) {
      chunk.put((byte) 0);
    }
  }
}
