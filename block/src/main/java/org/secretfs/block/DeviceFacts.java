package org.secretfs.block;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** What the kernel says of a device. */
public final class DeviceFacts {
  private static final int DEFAULT_SECTOR = 512;
  private static final int LARGEST_SECTOR = 4096;

  private DeviceFacts() {}

  /**
   * The largest encryption sector that the device writes at once: 4096 for regular files, whose
   * pages the kernel writes whole, and the physical sector size of block devices, 512 to 4096.
   */
  public static int safeSectorSize(Path device) throws IOException {
    if (Files.isRegularFile(device)) {
      return LARGEST_SECTOR;
    }
    int physical = physicalBlockSize(device).orElse(DEFAULT_SECTOR);
    return Math.clamp(Integer.highestOneBit(physical), DEFAULT_SECTOR, LARGEST_SECTOR);
  }

  private static Optional<Integer> physicalBlockSize(Path device) throws IOException {
    Path sys = Path.of("/sys/class/block").resolve(device.toRealPath().getFileName());
    for (Path queue : new Path[] {sys.resolve("queue"), sys.resolve("../queue")}) {
      Path file = queue.resolve("physical_block_size");
      if (Files.exists(file)) {
        return Optional.of(Integer.valueOf(Files.readString(file).strip()));
      }
    }
    return Optional.empty();
  }
}
