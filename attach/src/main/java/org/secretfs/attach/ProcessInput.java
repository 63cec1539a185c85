package org.secretfs.attach;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Sends bytes to a child's standard input without a copy on the heap: the stream that {@link
 * Process} offers has a buffer that nobody wipes, a channel on the same pipe writes straight from
 * native memory.
 */
final class ProcessInput {
  private ProcessInput() {}

  /** Writes the parts one after the other and closes the pipe. Blocks until the child took them. */
  static void send(Process process, ByteBuffer... parts) throws IOException {
    Path pipe = Path.of("/proc", Long.toString(process.pid()), "fd", "0");
    try (OutputStream closedAfterwards = process.getOutputStream();
        FileChannel channel = FileChannel.open(pipe, StandardOpenOption.WRITE)) {
      for (ByteBuffer part : parts) {
        writeFully(channel, part);
      }
      closedAfterwards.flush();
    }
  }

  private static void writeFully(FileChannel channel, ByteBuffer part) throws IOException {
    while (part.hasRemaining()) {
      channel.write(part);
    }
  }
}
