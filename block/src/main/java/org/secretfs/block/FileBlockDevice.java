package org.secretfs.block;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.secretfs.luks.DeviceClaim;

/**
 * A regular file or a kernel block device. Requests in direct buffers reach the kernel without a
 * copy, others go through a pooled one.
 *
 * <p>Trims punch holes into a file and discard a kernel device's blocks; where that is not
 * possible, they do nothing. A durable write is one system call where the file system knows such.
 */
public final class FileBlockDevice implements BlockDevice {
  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_BLOCK_DEVICE = 0x6000;
  private static final int TYPE_REGULAR_FILE = 0x8000;
  private static final int COPY_BYTES = 256 << 10;
  private static final long STORE_EARLY_BYTES = 16 << 20;
  private static final int COPIES_KEPT = 16;
  private static final int DISCARD_UNIT_BYTES = 4096;
  private static final long PROBE_BYTES = 4096;

  private final Path path;
  private final OpenFile file;
  private final AtomicLong heldBytes = new AtomicLong();
  private final Optional<DirectFile> direct;
  private final Closeable claim;
  private final boolean kernelDevice;
  private final boolean punches;
  private final BufferPool copies = new BufferPool(COPY_BYTES, COPIES_KEPT);
  private volatile long lastSizeBytes;
  private volatile boolean durableWrites = true;
  private volatile @Nullable IOException lostWrites;

  /** How data reaches the disk. */
  public enum Caching {
    /** Through the kernel's page cache: right for nearly everything. */
    PAGE_CACHE,
    /**
     * Past the page cache where requests are aligned to 4096 bytes, in memory too ({@code
     * O_DIRECT}); others go through it. Pays where whoever uses the device caches itself, and many
     * large requests are in flight.
     */
    DIRECT
  }

  private FileBlockDevice(
      Path path, OpenFile file, Optional<DirectFile> direct, Closeable claim, int type)
      throws IOException {
    this.path = path;
    this.claim = claim;
    this.file = file;
    this.direct = direct;
    this.kernelDevice = type == TYPE_BLOCK_DEVICE;
    this.lastSizeBytes = file.seek(0, OpenFile.SEEK_END);
    this.punches = !kernelDevice && probePunch();
  }

  /** Tries it behind the end, where there is nothing; a file open for reading refuses. */
  private boolean probePunch() {
    try {
      return file.allocate(
          OpenFile.PUNCH_HOLE | OpenFile.KEEP_SIZE,
          Math.ceilDiv(lastSizeBytes, PROBE_BYTES) * PROBE_BYTES,
          PROBE_BYTES);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Opens for reading and writing, through the page cache. It is claimed until it is closed: nobody
   * can mount a kernel device or put another device on it meanwhile, and no other program of ours
   * writes a file.
   *
   * @throws org.secretfs.luks.DeviceInUseException if it is in use
   * @throws IOException if it is neither a regular file nor a block device, or cannot be opened
   */
  public static FileBlockDevice open(Path path) throws IOException {
    return open(path, Caching.PAGE_CACHE);
  }

  /** As {@link #open(Path)}, with a say in caching. */
  public static FileBlockDevice open(Path path, Caching caching) throws IOException {
    int type = fileOrDevice(path);
    return open(path, OpenFile.O_RDWR, caching, DeviceClaim.take(path), type);
  }

  /**
   * As {@link #open(Path, Caching)}, for a file that the caller claimed by {@link
   * DeviceClaim#tryServe}; a kernel device is claimed here.
   */
  public static FileBlockDevice openServed(Path path, Caching caching) throws IOException {
    int type = fileOrDevice(path);
    Closeable claim = type == TYPE_BLOCK_DEVICE ? DeviceClaim.take(path) : () -> {};
    return open(path, OpenFile.O_RDWR, caching, claim, type);
  }

  /** Opens for reading; a write is an {@link IOException}. */
  public static FileBlockDevice openReadOnly(Path path) throws IOException {
    return openReadOnly(path, Caching.PAGE_CACHE);
  }

  /** As {@link #openReadOnly(Path)}, with a say in caching. */
  public static FileBlockDevice openReadOnly(Path path, Caching caching) throws IOException {
    return open(path, OpenFile.O_RDONLY, caching, () -> {}, fileOrDevice(path));
  }

  /** Which of the two it is. */
  private static int fileOrDevice(Path path) throws IOException {
    int type = (int) Files.getAttribute(path, "unix:mode") & TYPE_MASK;
    if (type != TYPE_BLOCK_DEVICE && type != TYPE_REGULAR_FILE) {
      throw new IOException("%s is neither a regular file nor a block device".formatted(path));
    }
    return type;
  }

  private static FileBlockDevice open(
      Path path, int flags, Caching caching, Closeable claim, int type) throws IOException {
    try {
      return openClaimed(path, flags, caching, claim, type);
    } catch (IOException e) {
      claim.close();
      throw e;
    }
  }

  private static FileBlockDevice openClaimed(
      Path path, int flags, Caching caching, Closeable claim, int type) throws IOException {
    OpenFile file = OpenFile.open(path, flags);
    try {
      if (caching != Caching.DIRECT) {
        return new FileBlockDevice(path, file, Optional.empty(), claim, type);
      }
      OpenFile direct = OpenFile.open(path, flags | OpenFile.O_DIRECT);
      try {
        return new FileBlockDevice(path, file, Optional.of(new DirectFile(direct)), claim, type);
      } catch (IOException e) {
        direct.close();
        throw e;
      }
    } catch (IOException e) {
      file.close();
      throw e;
    }
  }

  /** Whether it is a kernel block device and not a regular file. */
  public boolean isKernelDevice() {
    return kernelDevice;
  }

  /** The size now: a file or device may grow or shrink while it is open. */
  @Override
  public long sizeBytes() {
    try {
      lastSizeBytes = file.seek(0, OpenFile.SEEK_END);
    } catch (IOException e) {
      // It was closed, or the device is gone: requests will tell.
    }
    return lastSizeBytes;
  }

  /** Asks for the size only if the request lies outside of what it was. */
  private void check(long offsetBytes, long lengthBytes) {
    if (!Ranges.within(lastSizeBytes, offsetBytes, lengthBytes)) {
      Ranges.check(this, offsetBytes, lengthBytes);
    }
  }

  @Override
  public void read(ByteBuffer target, long offsetBytes) throws IOException {
    check(offsetBytes, target.remaining());
    if (target.isDirect()) {
      readFully(target, offsetBytes);
      return;
    }
    ByteBuffer copy = copies.take(COPY_BYTES);
    try {
      for (long at = offsetBytes; target.hasRemaining(); at += copy.limit()) {
        copy.clear().limit(Math.min(COPY_BYTES, target.remaining()));
        readFully(copy, at);
        target.put(copy.flip());
      }
    } finally {
      copies.give(copy);
    }
  }

  private void readFully(ByteBuffer target, long offsetBytes) throws IOException {
    long position = offsetBytes;
    while (target.hasRemaining()) {
      int got = fileFor(target, position).read(target, position);
      if (got == 0) {
        lastSizeBytes = position;
        throw new IOException("%s ends at %d: it was truncated".formatted(path, position));
      }
      position += got;
    }
  }

  private OpenFile fileFor(ByteBuffer buffer, long offsetBytes) {
    return direct.isPresent() && DirectFile.takes(buffer, offsetBytes) ? direct.get().file() : file;
  }

  @Override
  public void write(ByteBuffer source, long offsetBytes) throws IOException {
    check(offsetBytes, source.remaining());
    if (source.isDirect()) {
      writeFully(source, offsetBytes);
    } else {
      writeCopied(source, offsetBytes);
    }
  }

  private void writeCopied(ByteBuffer source, long offsetBytes) throws IOException {
    ByteBuffer copy = copies.take(COPY_BYTES);
    try {
      for (long at = offsetBytes; source.hasRemaining(); at += copy.limit()) {
        int length = Math.min(COPY_BYTES, source.remaining());
        copy.clear().limit(length).put(0, source, source.position(), length);
        writeFully(copy, at);
        source.position(source.position() + length);
      }
    } finally {
      copies.give(copy);
    }
  }

  private void writeFully(ByteBuffer source, long offsetBytes) throws IOException {
    long length = source.remaining();
    long end = offsetBytes + length;
    while (source.hasRemaining()) {
      long position = end - source.remaining();
      fileFor(source, position).write(source, position);
    }
    storeEarly(length);
  }

  /** Lets the device work while more is encrypted, instead of all at once at the next flush. */
  private void storeEarly(long lengthBytes) {
    if (heldBytes.addAndGet(lengthBytes) >= STORE_EARLY_BYTES
        && heldBytes.getAndSet(0) >= STORE_EARLY_BYTES) {
      file.beginStoring();
    }
  }

  @Override
  public void writeDurably(ByteBuffer source, long offsetBytes) throws IOException {
    check(offsetBytes, source.remaining());
    long end = offsetBytes + source.remaining();
    try {
      while (durableWrites && source.isDirect() && source.hasRemaining()) {
        durableWrites = file.writeDurably(source, end - source.remaining());
      }
    } catch (IOException e) {
      // The kernel may have told, in place of the next flush, of others' pages.
      if (!Errno.isOutOfSpace(e)) {
        lostWrites = e;
      }
      throw e;
    }
    if (source.hasRemaining()) {
      write(source, end - source.remaining());
      flush();
    }
  }

  /**
   * Once a flush failed, all later ones do until the device is opened anew: the kernel tells of
   * pages that it could not write once, and drops them, so that a second try would succeed without
   * them.
   */
  @Override
  public void flush() throws IOException {
    refuseAfterLoss();
    try {
      file.sync();
    } catch (IOException e) {
      lostWrites = e;
      throw e;
    }
    // One that failed at the same time may have been told of this one's pages.
    refuseAfterLoss();
  }

  private void refuseAfterLoss() throws IOException {
    IOException earlier = lostWrites;
    if (earlier != null) {
      throw new IOException(
          "%s: an earlier flush failed, what was written may be lost (%s): open it anew"
              .formatted(path, earlier.getMessage()),
          earlier);
    }
  }

  @Override
  public void trim(long offsetBytes, long lengthBytes) throws IOException {
    check(offsetBytes, lengthBytes);
    if (kernelDevice) {
      long begin = Math.ceilDiv(offsetBytes, DISCARD_UNIT_BYTES) * DISCARD_UNIT_BYTES;
      long end = (offsetBytes + lengthBytes) / DISCARD_UNIT_BYTES * DISCARD_UNIT_BYTES;
      boolean _ = begin < end && file.control(OpenFile.BLKDISCARD, begin, end - begin);
    } else if (punches && lengthBytes > 0) {
      boolean _ = punch(offsetBytes, lengthBytes);
    }
  }

  private boolean punch(long offsetBytes, long lengthBytes) throws IOException {
    return file.allocate(OpenFile.PUNCH_HOLE | OpenFile.KEEP_SIZE, offsetBytes, lengthBytes);
  }

  @Override
  public void writeZeroes(long offsetBytes, long lengthBytes) throws IOException {
    check(offsetBytes, lengthBytes);
    boolean done =
        lengthBytes == 0
            || (kernelDevice
                ? file.control(OpenFile.BLKZEROOUT, offsetBytes, lengthBytes)
                : file.allocate(
                    OpenFile.ZERO_RANGE | OpenFile.KEEP_SIZE, offsetBytes, lengthBytes));
    if (!done) {
      Ranges.writeZeroBuffers(this, offsetBytes, lengthBytes);
    }
  }

  @Override
  public void zeroOrPunch(long offsetBytes, long lengthBytes) throws IOException {
    check(offsetBytes, lengthBytes);
    if (lengthBytes > 0 && !(punches && punch(offsetBytes, lengthBytes))) {
      writeZeroes(offsetBytes, lengthBytes);
    }
  }

  /** Punching a hole costs no more than a note in the file system. */
  @Override
  public boolean zeroesFast() {
    return punches;
  }

  /** A file's holes are known to its file system; a kernel device's are not. */
  @Override
  public void extents(long offsetBytes, long lengthBytes, ExtentListener listener)
      throws IOException {
    check(offsetBytes, lengthBytes);
    if (kernelDevice) {
      listener.extent(lengthBytes, false, false);
      return;
    }
    long end = offsetBytes + lengthBytes;
    boolean wanted = true;
    for (long at = offsetBytes; wanted && at < end; ) {
      long data = file.seek(at, OpenFile.SEEK_DATA);
      boolean hole = data != at;
      long next = hole ? data : file.seek(at, OpenFile.SEEK_HOLE);
      long partEnd = next < 0 ? end : Math.min(next, end);
      wanted = listener.extent(partEnd - at, hole, hole);
      at = partEnd;
    }
  }

  @Override
  public void close() throws IOException {
    try (claim) {
      file.close();
      if (direct.isPresent()) {
        direct.get().file().close();
      }
    }
  }

  @Override
  public String toString() {
    return path.toString();
  }

  /** The same file past the page cache. */
  private record DirectFile(OpenFile file) {
    private static final int ALIGNMENT_BYTES = 4096;

    static boolean takes(ByteBuffer buffer, long offsetBytes) {
      return offsetBytes % ALIGNMENT_BYTES == 0
          && buffer.remaining() % ALIGNMENT_BYTES == 0
          && buffer.alignmentOffset(buffer.position(), ALIGNMENT_BYTES) == 0;
    }
  }
}
