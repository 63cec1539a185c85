package org.secretfs.luks;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;
import org.secretfs.luks.LuksStorage.LockMode;

/**
 * The right to write a volume's data, which one program has at a time, and one opening in it.
 *
 * <p>On a block device it is the kernel's word that nobody else uses it: while it is held, the
 * device can be neither mounted nor taken by device-mapper, RAID or swap, nor claimed by another
 * program. On a regular file, where the kernel knows no such claim, it is a lock on one byte that
 * no file has: programs of this project keep off each other by it, and nobody else notices. A
 * regular file that a writable loop device lies on counts as in use, since that is how cryptsetup
 * opens files.
 *
 * <p>Updates of a header go without: they exclude each other for their moment by {@link
 * LuksStorage#lock}, and are wanted while the volume is in use. It keeps nobody from plain reads
 * and writes. The kernel drops it when the process ends. Whoever takes it closes it.
 *
 * @spec https://man7.org/linux/man-pages/man2/open.2.html open(2), O_EXCL on block devices
 */
public final class DeviceClaim implements Closeable {
  /*
   * The byte lies far behind the end of any file, so that it is apart from qemu's lock bytes (100
   * to 299) and from locks on a file's content. It spells "secretfs". cryptsetup's lock on a header
   * is flock(2), which Linux keeps apart from locks on bytes, on local file systems.
   */
  static final long BYTE = 0x7365_6372_6574_6673L;

  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_BLOCK_DEVICE = 0x6000;

  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Closeable held;

  private DeviceClaim(Closeable held) {
    this.held = held;
  }

  /**
   * Claims a device or file for writing; waits up to three seconds for a program that is just
   * ending.
   *
   * @throws DeviceInUseException if it is in use for longer
   */
  public static DeviceClaim take(Path device) throws IOException {
    return isBlockDevice(device)
        ? patiently(() -> new DeviceClaim(Flock.openExclusively(device)::close))
        : patiently(() -> ofFile(device));
  }

  /**
   * Claims a regular file as {@link #take} does; of a block device nothing, so that a program that
   * is started meanwhile can claim it itself.
   *
   * @throws DeviceInUseException if it is in use
   */
  public static DeviceClaim takeIfFile(Path device) throws IOException {
    return isBlockDevice(device) ? new DeviceClaim(() -> {}) : take(device);
  }

  /**
   * Claims a device or file to serve it, for as long as it is served, whether it is open or not:
   * for readers as well, who hold off writers. Leaves it to whoever opens a block device to {@link
   * #take} that. Does not wait.
   *
   * @return empty if somebody has it, in this process or another
   */
  public static Optional<DeviceClaim> tryServe(Path device, boolean readOnly) throws IOException {
    boolean writesFile = !readOnly && !isBlockDevice(device);
    return writesFile && LoopFiles.isWritable(device)
        ? Optional.empty()
        : tryByte(device, readOnly ? LockMode.SHARED : LockMode.EXCLUSIVE);
  }

  private static Optional<DeviceClaim> tryByte(Path device, LockMode mode) throws IOException {
    Flock file = mode == LockMode.SHARED ? Flock.openReadOnly(device) : Flock.openToWrite(device);
    boolean locked = false;
    try {
      locked = file.tryByte(BYTE, mode);
      return locked ? Optional.of(new DeviceClaim(file::close)) : Optional.empty();
    } finally {
      if (!locked) {
        file.close();
      }
    }
  }

  private static DeviceClaim ofFile(Path file) throws IOException {
    DeviceClaim claim =
        tryByte(file, LockMode.EXCLUSIVE)
            .orElseThrow(() ->
                new DeviceInUseException(file, "another program, or another part of this, has it"));
    if (LoopFiles.isWritable(file)) {
      claim.close();
      throw new DeviceInUseException(file, "a loop device lies on it");
    }
    return claim;
  }

  /** One attempt at a claim. */
  @FunctionalInterface
  private interface Attempt {
    DeviceClaim make() throws IOException;
  }

  private static DeviceClaim patiently(Attempt attempt) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return attempt.make();
      } catch (DeviceInUseException e) {
        if (System.nanoTime() - deadline > 0) {
          throw e;
        }
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  private static boolean isBlockDevice(Path path) throws IOException {
    return ((int) Files.getAttribute(path, "unix:mode") & TYPE_MASK) == TYPE_BLOCK_DEVICE;
  }

  @Override
  public void close() throws IOException {
    held.close();
  }
}
