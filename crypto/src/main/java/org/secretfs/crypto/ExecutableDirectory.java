package org.secretfs.crypto;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Finds a directory where a native library can be unpacked and loaded: writable, and on no file
 * system that is mounted {@code noexec}.
 */
final class ExecutableDirectory {
  private static final Path MOUNTS = Path.of("/proc/self/mounts");
  private static final int MOUNT_POINT_FIELD = 1;
  private static final int OPTIONS_FIELD = 3;

  private ExecutableDirectory() {}

  /** The first that fits: the JVM's, then the usual ones, then the home directory. */
  static Optional<Path> find() {
    Stream<Path> candidates =
        Stream.of(
                System.getProperty("java.io.tmpdir"),
                "/tmp",
                "/run",
                "/var/tmp",
                "/dev/shm",
                System.getProperty("user.home"))
            .map(Path::of);
    return find(candidates.toList(), mounts());
  }

  static Optional<Path> find(List<Path> candidates, List<String> mounts) {
    return candidates.stream()
        .filter(directory -> Files.isDirectory(directory) && Files.isWritable(directory))
        .filter(directory -> allowsPrograms(directory, mounts))
        .findFirst();
  }

  /** The last mount on the longest prefix counts: later ones cover earlier ones. */
  static boolean allowsPrograms(Path directory, List<String> mounts) {
    Path real = realPath(directory);
    String options = "";
    int longest = -1;
    for (String mount : mounts) {
      String[] fields = mount.split(" ", -1);
      Path point = fields.length > OPTIONS_FIELD ? Path.of(unescape(fields)) : Path.of("");
      if (real.startsWith(point) && point.getNameCount() >= longest) {
        longest = point.getNameCount();
        options = fields[OPTIONS_FIELD];
      }
    }
    return !Arrays.asList(options.split(",", -1)).contains("noexec");
  }

  private static String unescape(String[] fields) {
    return fields[MOUNT_POINT_FIELD].replace("\\040", " ").replace("\\134", "\\");
  }

  private static Path realPath(Path directory) {
    try {
      return directory.toRealPath();
    } catch (IOException e) {
      return directory.toAbsolutePath();
    }
  }

  private static List<String> mounts() {
    try {
      return Files.readAllLines(MOUNTS);
    } catch (IOException e) {
      return List.of();
    }
  }
}
