package org.secretfs.luks;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A block device that something else uses; it was not touched.
 *
 * @spec https://man7.org/linux/man-pages/man2/open.2.html open(2), EBUSY
 */
public final class DeviceInUseException extends IOException {
  public DeviceInUseException(Path device) {
    super(
        "%s is in use: mounted, or held by device-mapper, RAID, swap or another program"
            .formatted(device));
  }
}
