package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import org.secretfs.block.DeviceFacts;
import org.secretfs.failure.OptionException;

/** The rule that a sector is not larger than what a device writes at once. */
final class SafeSectors {
  private SafeSectors() {}

  /** Refuses sectors that could be half written when the power fails, unless that is allowed. */
  static void require(int sectorSize, Path data, boolean forced) throws IOException {
    int safe = DeviceFacts.safeSectorSize(data);
    if (sectorSize > safe && !forced) {
      throw new OptionException(
          "--sector-size %d: %s writes %d bytes at once, so that a larger sector could be half"
                  .formatted(sectorSize, data, safe)
              + " written when the power fails; --force-sector-size allows it");
    }
  }
}
