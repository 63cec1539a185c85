package org.secretfs.luks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Which files the kernel's loop devices lie on, as it tells in {@code /sys/block}. Nothing where
 * there is no such folder.
 */
final class LoopFiles {
  private static final Path DEVICES = Path.of("/sys/block");

  private LoopFiles() {}

  /** Whether a loop device that can be written lies on a file. */
  static boolean isWritable(Path file) throws IOException {
    if (!Files.isDirectory(DEVICES)) {
      return false;
    }
    try (DirectoryStream<Path> loops = Files.newDirectoryStream(DEVICES, "loop*")) {
      for (Path loop : loops) {
        if (isOn(loop, file)) {
          return true;
        }
      }
      return false;
    }
  }

  private static boolean isOn(Path loop, Path file) {
    try {
      String backing = Files.readString(loop.resolve("loop/backing_file"), StandardCharsets.UTF_8);
      return Files.readString(loop.resolve("ro")).startsWith("0")
          && Files.isSameFile(Path.of(backing.stripTrailing()), file);
    } catch (IOException e) {
      // It lies on nothing, or on a file without a name.
      return false;
    }
  }
}
