package org.secretfs.attach;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Finds libfuse on this machine. */
final class LibFuse {
  private static final List<String> DIRECTORIES =
      List.of(
          "/usr/lib/x86_64-linux-gnu",
          "/usr/lib/aarch64-linux-gnu",
          "/lib/x86_64-linux-gnu",
          "/lib/aarch64-linux-gnu",
          "/usr/lib64",
          "/usr/lib");
  private static final List<String> NAMES = List.of("libfuse3.so.3", "libfuse3.so.4");

  private LibFuse() {}

  static Optional<Path> find() {
    return DIRECTORIES.stream()
        .flatMap(directory -> NAMES.stream().map(name -> Path.of(directory, name)))
        .filter(Files::exists)
        .findFirst();
  }

  /**
   * What is missing of FUSE and loop devices on this machine, one sentence; empty if nothing is.
   */
  static Optional<String> missingPart() {
    if (find().isEmpty()) {
      return Optional.of("libfuse3 (Debian package libfuse3-3) is not installed");
    }
    return Stream.of("/dev/fuse", "/dev/loop-control")
        .filter(node -> !Files.isWritable(Path.of(node)))
        .findFirst()
        .map(node -> node + " is not there or cannot be written by this user");
  }
}
