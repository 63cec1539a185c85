package org.secretfs.luks;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;

/**
 * The kernel's word that nobody else uses a block device: while it is held, the device can be
 * neither mounted nor taken by device-mapper, RAID or swap, nor claimed by another program.
 *
 * <p>It keeps nobody from plain reads and writes. On a regular file it claims nothing, since the
 * kernel knows no such claim there. Whoever takes it closes it.
 *
 * @spec https://man7.org/linux/man-pages/man2/open.2.html open(2), O_EXCL on block devices
 */
public final class DeviceClaim implements Closeable {
  private static final int TYPE_MASK = 0xF000;
  private static final int TYPE_BLOCK_DEVICE = 0x6000;

  private static final Duration PATIENCE = Duration.ofSeconds(3);
  private static final Duration PAUSE = Duration.ofMillis(20);

  private final Closeable held;

  private DeviceClaim(Closeable held) {
    this.held = held;
  }

  /**
   * Claims a device; waits up to three seconds for a program that is just ending.
   *
   * @throws DeviceInUseException if it is in use for longer
   */
  public static DeviceClaim take(Path device) throws IOException {
    return isBlockDevice(device)
        ? new DeviceClaim(openPatiently(device)::close)
        : new DeviceClaim(() -> {});
  }

  private static Flock openPatiently(Path device) throws IOException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return Flock.openExclusively(device);
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
