package org.secretfs.cli.luks;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;
import org.secretfs.cli.input.Input;
import org.secretfs.cli.output.Output;
import org.secretfs.failure.OptionException;
import org.secretfs.failure.SecretfsException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Decrypts to standard output. */
@Command(
    name = "read",
    mixinStandardHelpOptions = true,
    description = {
      "Decrypts a volume, or a range of it, to standard output. Needs neither root nor a kernel",
      "with dm-crypt.",
    },
    footer = {"", "Example:  secretfs luks read --key-file key --length 1m disk.img >first-mib"})
final class ReadCommand extends PlainDataAction {
  @Option(
      names = "--length",
      paramLabel = "BYTES",
      description = "How many bytes (default: to the end).")
  private @Nullable String length;

  ReadCommand(Output output, Input input) {
    super(output, input);
  }

  @Override
  ObjectNode run() throws IOException, SecretfsException {
    if (json()) {
      throw new CliException(CliError.USAGE_WRONG, "read prints the data: there is no --json");
    }
    return onPlainData(true);
  }

  @Override
  ObjectNode move(BlockDevice plain, long begin) throws IOException, SecretfsException {
    long rest = plain.sizeBytes() - begin;
    long wanted = length == null ? rest : Bytes.parse(length);
    if (wanted < 0 || wanted > rest) {
      throw new OptionException(
          "%d bytes at %d: the volume has %d".formatted(wanted, begin, plain.sizeBytes()));
    }
    long end = begin + wanted;
    WritableByteChannel out = Channels.newChannel(output().data());
    ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    for (long position = begin; position < end; position += CHUNK_BYTES) {
      chunk.clear().limit((int) Math.min(CHUNK_BYTES, end - position));
      plain.read(chunk, position);
      chunk.flip();
      while (chunk.hasRemaining()) {
        out.write(chunk);
      }
      output().requireWritten();
    }
    return Output.object().put("bytes", end - begin);
  }

  @Override
  void text(ObjectNode facts) {
    // The data is all there is to say.
  }
}
