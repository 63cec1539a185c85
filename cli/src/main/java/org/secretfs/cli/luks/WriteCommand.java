package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.SecretfsException;
import org.secretfs.luks.FileLuksStorage;
import org.secretfs.luks.LuksVolume;
import org.secretfs.luks.VolumeKey;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Encrypts standard input. */
@Command(
    name = "write",
    mixinStandardHelpOptions = true,
    description = {
      "Encrypts standard input, or a file, into a volume; durable when it returns. Needs neither",
      "root nor a kernel with dm-crypt. Do not use it on a volume that is open elsewhere.",
    },
    footer = {"", "Example:  secretfs luks write --key-file key --at 4096 disk.img <data"})
final class WriteCommand extends LuksAction {
  private static final int CHUNK_BYTES = 1 << 20;

  private final Input input;

  @Mixin private LuksDevice device = new LuksDevice();
  @Mixin private KeyOptions key = new KeyOptions();

  @Option(
      names = "--at",
      paramLabel = "BYTES",
      defaultValue = "0",
      description = "Begin so far into the plaintext (default: ${DEFAULT-VALUE}).")
  private String at = "0";

  @Option(
      names = "--from",
      paramLabel = "FILE",
      description = "The data (default: standard input).")
  private @Nullable Path from;

  WriteCommand(Output output, Input input) {
    super(output);
    this.input = input;
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    try (FileLuksStorage storage = device.read()) {
      LuksVolume volume = LuksVolume.read(storage);
      try (VolumeKey opened = key.unlock(volume, input, OptionalInt.empty(), device.data());
          BlockDevice plain = PlainData.open(device.data(), volume.segment(), opened, false)) {
        return Output.object()
            .put("device", device.data().toString())
            .put("bytes", copyAll(plain, Bytes.parse(at)));
      }
    }
  }

  private long copyAll(BlockDevice plain, long begin) throws IOException {
    if (from == null) {
      return copy(input.channel(), plain, begin);
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
