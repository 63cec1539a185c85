package org.secretfs.luks;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A device or file that something else uses; it was not touched.
 *
 * @spec https://man7.org/linux/man-pages/man2/open.2.html open(2), EBUSY
 */
public final class DeviceInUseException extends IOException {
  public DeviceInUseException(Path device) {
    this(device, "mounted, or held by device-mapper, RAID, swap or another program");
  }

  DeviceInUseException(Path device, String how) {
    super("%s is in use: %s".formatted(device, how));
  }
}
