package org.secretfs.cli.quickstart;

import java.nio.file.Path;

/**
 * What quickstart was asked for.
 *
 * @param directory the folder for everything, absolute
 * @param mount where to mount, absolute
 * @param sizeBytes the size of a new volume
 */
public record QuickstartOptions(Path directory, Path mount, long sizeBytes) {
  /** The smallest volume that holds a header and a file system. */
  public static final long LEAST_BYTES = 64L << 20;
}
