package org.secretfs.block;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;

/**
 * A regular file or a kernel block device, through the page cache.
 *
 * <p>Trim and write-zeroes are done in the way that always works: trim does nothing, zeroes are
 * written. Requests in direct buffers are passed to the kernel without a copy.
 */
public final class FileBlockDevice implements BlockDevice {
  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_BLOCK_DEVICE = 0x6000;
  private static final int TYPE_REGULAR_FILE = 0x8000;

  private final Path path;
  private final FileChannel channel;
  private final boolean kernelDevice;
  private final long sizeBytes;

  private FileBlockDevice(Path path, FileChannel channel, boolean kernelDevice) throws IOException {
    this.path = path;
    this.channel = channel;
    this.kernelDevice = kernelDevice;
    this.sizeBytes = channel.size();
  }

  /**
   * Opens for reading and writing.
   *
   * @throws IOException if it is neither a regular file nor a block device, or cannot be opened
   */
  public static FileBlockDevice open(Path path) throws IOException {
    return open(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Opens for reading; a write is a {@link java.nio.channels.NonWritableChannelException}. */
  public static FileBlockDevice openReadOnly(Path path) throws IOException {
    return open(path, Set.of(StandardOpenOption.READ));
  }

  private static FileBlockDevice open(Path path, Set<StandardOpenOption> options)
      throws IOException {
    int type = (int) Files.getAttribute(path, "unix:mode") & TYPE_MASK;
    if (type != TYPE_BLOCK_DEVICE && type != TYPE_REGULAR_FILE) {
      throw new IOException("%s is neither a regular file nor a block device".formatted(path));
    }
    FileChannel channel = FileChannel.open(path, options);
    try {
      return new FileBlockDevice(path, channel, type == TYPE_BLOCK_DEVICE);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether it is a kernel block device and not a regular file. */
  public boolean isKernelDevice() {
    return kernelDevice;
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    Ranges.check(this, offsetBytes, target.remaining());
    long position = offsetBytes;
    while (target.hasRemaining()) {
      int got = channel.read(target, position);
      if (got < 0) {
        throw new IOException("%s ends at %d: it was truncated".formatted(path, position));
      }
      position += got;
    }
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    Ranges.check(this, offsetBytes, source.remaining());
    long position = offsetBytes;
    while (source.hasRemaining()) {
      position += channel.write(source, position);
    }
  }

  @Override
  public void flush() throws IOException {
    channel.force(false);
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) {
    Ranges.check(this, offsetBytes, lengthBytes);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    Ranges.writeZeroBuffers(this, offsetBytes, lengthBytes);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
