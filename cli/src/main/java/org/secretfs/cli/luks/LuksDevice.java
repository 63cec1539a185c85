package org.secretfs.cli.luks;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.secretfs.luks.FileLuksStorage;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which volume is meant: a device or file, and its header where that is kept apart. */
final class LuksDevice {
  @Parameters(
      index = "0",
      paramLabel = "DEVICE",
      description = "A block device or a regular file that holds the volume.")
  private Path device = Path.of("");

  @Option(
      names = "--header",
      paramLabel = "FILE",
      description = "The header is in this device or file, apart from the data.")
  private @Nullable Path header;

  /** The device with the data. */
  Path data() {
    return device.toAbsolutePath().normalize();
  }

  /** The device with the header. */
  Path header() {
    return header == null ? data() : header.toAbsolutePath().normalize();
  }

  /** Whether the header is on another device than the data. */
  boolean isDetached() {
    return !header().equals(data());
  }

  /** Opens the header to be read; the caller closes it. */
  FileLuksStorage read() throws IOException {
    return FileLuksStorage.openReadOnly(header());
  }

  /** Opens the header to be updated; the caller closes it. */
  FileLuksStorage update() throws IOException {
    return FileLuksStorage.open(header());
  }
}
