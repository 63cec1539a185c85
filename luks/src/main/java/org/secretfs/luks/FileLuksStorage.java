package org.secretfs.luks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;

/**
 * A regular file or a block device that holds a LUKS header.
 *
 * @spec https://gitlab.com/cryptsetup/LUKS2-docs LUKS2 1.1.4 §2 LUKS2 On-Disk Format
 */
public final class FileLuksStorage implements LuksStorage {
  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_BLOCK_DEVICE = 0x6000;
  private static final int TYPE_REGULAR_FILE = 0x8000;

  private final Path path;
  private final FileChannel channel;
  private final boolean blockDevice;
  private final long sizeBytes;

  private FileLuksStorage(Path path, FileChannel channel, boolean blockDevice) throws IOException {
    this.path = path;
    this.channel = channel;
    this.blockDevice = blockDevice;
    this.sizeBytes = channel.size();
  }

  /**
   * Opens for reading and writing.
   *
   * @throws IOException if it is neither a regular file nor a block device, or cannot be opened
   */
  public static FileLuksStorage open(Path path) throws IOException {
    return open(path, Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Opens for reading; a write is an {@link java.nio.channels.NonWritableChannelException}. */
  public static FileLuksStorage openReadOnly(Path path) throws IOException {
    return open(path, Set.of(StandardOpenOption.READ));
  }

  private static FileLuksStorage open(Path path, Set<StandardOpenOption> options)
      throws IOException {
    int type = (int) Files.getAttribute(path, "unix:mode") & TYPE_MASK;
    if (type != TYPE_BLOCK_DEVICE && type != TYPE_REGULAR_FILE) {
      throw new IOException("%s is neither a regular file nor a block device".formatted(path));
    }
    FileChannel channel = FileChannel.open(path, options);
    try {
      return new FileLuksStorage(path, channel, type == TYPE_BLOCK_DEVICE);
    } catch (IOException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    checkRange(offsetBytes, target.remaining());
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
    checkRange(offsetBytes, source.remaining());
    long position = offsetBytes;
    while (source.hasRemaining()) {
      position += channel.write(source, position);
    }
  }

  private void checkRange(long offsetBytes, int lengthBytes) {
    if (offsetBytes < 0 || offsetBytes > sizeBytes - lengthBytes) {
      throw new IllegalArgumentException(
          "%d bytes at %d: outside %s of %d bytes"
              .formatted(lengthBytes, offsetBytes, path, sizeBytes));
    }
  }

  @Override
  public void sync() throws IOException {
    channel.force(true);
  }

  @Override
  public Lock lock(LockMode mode) throws IOException, LuksException {
    return blockDevice ? HeaderLock.ofBlockDevice(path, mode) : HeaderLock.ofFile(path, mode);
  }

  /** An ordinary user, who cannot lock with cryptsetup's other users, goes without. */
  @Override
  public Lock lockReencryption(UUID uuid) throws IOException, LuksException {
    return HeaderLock.ofReencryption(uuid, blockDevice);
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
