package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
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
      return copy(input().channel(), plain, begin);
    }
    try (FileChannel file = FileChannel.open(from, StandardOpenOption.READ)) {
      return copy(file, plain, begin);
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
        throw new IOException(
            "the volume ends at %d: the data is longer; what fits before was written"
                .formatted(plain.sizeBytes()));
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
