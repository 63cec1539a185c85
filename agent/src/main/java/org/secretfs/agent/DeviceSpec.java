package org.secretfs.agent;

import java.nio.file.Path;

/** Where a volume's ciphertext lives. */
public sealed interface DeviceSpec {
  /** The file or device node. */
  Path path();

  /**
   * A regular file, made sparse with mode 0600 where it is missing.
   *
   * @param sizeBytes the size that it is made with; an existing file keeps its own
   */
  record BackingFile(Path path, long sizeBytes) implements DeviceSpec {}

  /** A block device, or a file that must exist. */
  record ExistingDevice(Path path) implements DeviceSpec {}
}
