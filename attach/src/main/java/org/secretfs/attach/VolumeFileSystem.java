package org.secretfs.attach;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.cryptomator.jfuse.api.DirFiller;
import org.cryptomator.jfuse.api.Errno;
import org.cryptomator.jfuse.api.FileInfo;
import org.cryptomator.jfuse.api.FuseConfig;
import org.cryptomator.jfuse.api.FuseConnInfo;
import org.cryptomator.jfuse.api.FuseOperations;
import org.cryptomator.jfuse.api.Stat;
import org.jspecify.annotations.Nullable;
import org.secretfs.block.BlockDevice;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A FUSE file system with one file, the decrypted volume, of fixed size.
 *
 * <p>libfuse calls it from several threads. Nothing may be thrown into native code, where it would
 * end the process: every failure becomes an errno, and the first ones a line in the log.
 */
final class VolumeFileSystem implements FuseOperations {
  /** The name of the one file. */
  static final String FILE_NAME = "volume";

  private static final Logger LOG = LoggerFactory.getLogger(VolumeFileSystem.class);
  private static final String FILE = "/" + FILE_NAME;
  private static final int MAX_WRITE_BYTES = 1 << 20;
  private static final int MAX_IN_FLIGHT = 128;
  private static final int READ_WRITE_BY_OWNER = 0600;
  private static final int READ_BY_OWNER = 0400;
  private static final int LIST_BY_OWNER = 0500;
  private static final int LOGGED_FAILURES = 20;
  private static final Set<Operation> OPERATIONS =
      Set.of(
          Operation.INIT,
          Operation.GET_ATTR,
          Operation.OPEN,
          Operation.RELEASE,
          Operation.READ,
          Operation.WRITE,
          Operation.FSYNC,
          Operation.READ_DIR);

  private final BlockDevice device;
  private final boolean readOnly;
  private final Errno errno;
  private final AtomicInteger openFiles = new AtomicInteger();
  private final AtomicLong failures = new AtomicLong();

  VolumeFileSystem(BlockDevice device, boolean readOnly, Errno errno) {
    this.device = device;
    this.readOnly = readOnly;
    this.errno = errno;
  }

  /** How many have the volume open: one for each loop device, and whoever else. */
  int openFiles() {
    return openFiles.get();
  }

  @Override
  public Errno errno() {
    return errno;
  }

  @Override
  public Set<Operation> supportedOperations() {
    return OPERATIONS;
  }

  @Override
  public void init(FuseConnInfo connection, @Nullable FuseConfig config) {
    connection.setMaxWrite(MAX_WRITE_BYTES);
    // The kernel's default of 12 would cap the queue depth of the loop device.
    connection.setMaxBackground(MAX_IN_FLIGHT);
    connection.setCongestionThreshold(MAX_IN_FLIGHT);
    // Without it libfuse reads a write request straight into memory, where it is needed anyway.
    connection.setWant(connection.want() & ~FuseConnInfo.FUSE_CAP_SPLICE_READ);
  }

  @Override
  public int getattr(String path, Stat stat, @Nullable FileInfo file) {
    if (path.equals("/")) {
      stat.setMode(Stat.S_IFDIR | LIST_BY_OWNER);
      stat.setNLink((short) 2);
      return 0;
    }
    if (!path.equals(FILE)) {
      return -errno.enoent();
    }
    stat.setMode(Stat.S_IFREG | (readOnly ? READ_BY_OWNER : READ_WRITE_BY_OWNER));
    stat.setNLink((short) 1);
    stat.setSize(device.sizeBytes());
    return 0;
  }

  @Override
  public int readdir(String path, DirFiller filler, long offset, FileInfo file, int flags) {
    try {
      filler.fill(".");
      filler.fill("..");
      filler.fill(FILE_NAME);
      return 0;
    } catch (IOException e) {
      return -errno.eio();
    }
  }

  @Override
  public int open(String path, FileInfo file) {
    if (!path.equals(FILE)) {
      return -errno.enoent();
    }
    openFiles.incrementAndGet();
    return 0;
  }

  @Override
  public int release(String path, FileInfo file) {
    openFiles.decrementAndGet();
    return 0;
  }

  @Override
  public int read(String path, ByteBuffer target, long count, long offset, FileInfo file) {
    int length = lengthWithin(count, offset);
    return attempt("read", offset, length, () -> device.read(target.limit(length), offset));
  }

  @Override
  public int write(String path, ByteBuffer source, long count, long offset, FileInfo file) {
    if (readOnly) {
      return -errno.erofs();
    }
    int length = lengthWithin(count, offset);
    if (length < count) {
      return -errno.einval();
    }
    return attempt("write", offset, length, () -> device.write(source, offset));
  }

  @Override
  public int fsync(String path, int dataOnly, FileInfo file) {
    return readOnly ? 0 : attempt("flush", 0, 0, device::flush);
  }

  private int lengthWithin(long count, long offset) {
    return Math.toIntExact(Math.clamp(device.sizeBytes() - offset, 0, count));
  }

  private int attempt(String what, long offset, int length, Step step) {
    try {
      step.run();
      return length;
    } catch (IOException | RuntimeException | Error e) {
      logFirst(what, offset, length, e);
      return -errno.eio();
    }
  }

  /** A dead backing device fails every request; the log lives in memory. */
  private void logFirst(String what, long offset, int length, Throwable failure) {
    if (failures.getAndIncrement() < LOGGED_FAILURES) {
      LOG.error("{} of {} bytes at {} failed", what, length, offset, failure);
    }
  }

  /** One request to the device. */
  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }
}
