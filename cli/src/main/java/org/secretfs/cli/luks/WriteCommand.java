package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Encrypts standard input. */
@Command(
    name = "write",
    mixinStandardHelpOptions = true,
    description = {
      "Encrypts standard input, or a file, into a volume; durable when it returns. Needs neither",
      "root nor a kernel with dm-crypt. A volume that is open elsewhere for writing is refused.",
    },
    footer = {"", "Example:  secretfs luks write --key-file key --at 4096 disk.img <data"})
final class WriteCommand extends PlainDataAction {
  private static final Path STANDARD_INPUT = Path.of("/proc/self/fd/0");

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "The data (default: standard input).")
  private @Nullable Path from;

  WriteCommand(Output output, Input input) {
    super(output, input);
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    return onPlainData(false);
  }

  @Override
  ObjectNode move(BlockDevice plain, long begin) throws IOException {
    return Output.object().put("device", data().toString()).put("bytes", copyAll(plain, begin));
  }

  private long copyAll(BlockDevice plain, long begin) throws IOException {
    if (from == null) {
      ReadableByteChannel source = input().channel();
      if (source instanceof FileChannel file && Files.isRegularFile(STANDARD_INPUT)) {
        requireRoom(file, plain, begin);
      }
      return copy(source, plain, begin);
    }
    try (FileChannel file = FileChannel.open(from, StandardOpenOption.READ)) {
      requireRoom(file, plain, begin);
      return copy(file, plain, begin);
    }
  }

  /** Where the length is known, data that does not fit is refused before anything is written. */
  private static void requireRoom(FileChannel file, BlockDevice plain, long begin)
      throws IOException {
    long room = plain.sizeBytes() - begin;
    long left = file.size() == 0 ? 0 : file.size() - file.position();
    if (left > Math.max(room, 0)) {
      throw new IOException(
          "%d bytes do not fit: the volume has room for %d from byte %d on; nothing was written"
              .formatted(left, Math.max(room, 0), begin));
    }
  }

  private static long copy(ReadableByteChannel source, BlockDevice plain, long begin)
      throws IOException {
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    long position = begin;
    int got = 0;
    while (got >= 0) {
      chunk.clear();
      while (chunk.hasRemaining() && got >= 0) {
        got = source.read(chunk);
      }
      chunk.flip();
      int length = chunk.remaining();
      if (length > plain.sizeBytes() - position) {
        plain.flush();
        throw new IOException(
            "the volume ends at byte %d and the data is longer: %d bytes were written from byte %d on"
                .formatted(plain.sizeBytes(), position - begin, begin));
      }
      plain.write(chunk, position);
      position += length;
    }
    plain.flush();
    return position - begin;
  }

  @Override
  void text(ObjectNode facts) {
    output().note("%d bytes written.", facts.get("bytes").asLong());
  }
}
