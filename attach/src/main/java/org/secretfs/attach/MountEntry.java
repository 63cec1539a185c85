package org.secretfs.attach;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of {@code /proc/self/mountinfo}.
 *
 * @param mountPoint where it is mounted
 * @param type the file system's type, as {@code ext4} or {@code fuse.secretfs}
 * @param source what is mounted: a device's path, or any text for file systems without one
 * @param options of the mount and of the file system, separated by commas
 * @spec https://docs.kernel.org/filesystems/proc.html proc, §3.5 /proc/PID/mountinfo
 */
public record MountEntry(Path mountPoint, String type, String source, String options) {
  private static final Pattern ESCAPE = Pattern.compile("\\\\([0-7]{3})");
  private static final int MOUNT_POINT_FIELD = 4;
  private static final int OPTIONS_FIELD = 5;

  /** Reads a whole file; lines that are no mounts are left out. */
  public static List<MountEntry> parseAll(byte[] mountinfo) {
    String text = new String(mountinfo, StandardCharsets.UTF_8);
    return text.lines().map(MountEntry::parse).flatMap(Optional::stream).toList();
  }

  private static Optional<MountEntry> parse(String line) {
    int separator = line.indexOf(" - ");
    if (separator < 0) {
      return Optional.empty();
    }
    String[] before = line.substring(0, separator).split(" ", -1);
    String[] after = line.substring(separator + 3).split(" ", -1);
    if (before.length <= OPTIONS_FIELD || after.length < 3) {
      return Optional.empty();
    }
    String mountPoint = unescape(before[MOUNT_POINT_FIELD]);
    if (!mountPoint.startsWith("/") || mountPoint.indexOf('\0') >= 0) {
      return Optional.empty();
    }
    String options = before[OPTIONS_FIELD] + "," + after[2];
    return Optional.of(
        new MountEntry(Path.of(mountPoint), unescape(after[0]), unescape(after[1]), options));
  }

  /** Resolves the octal escapes that the kernel writes for space, tab, newline and backslash. */
  static String unescape(String field) {
    return ESCAPE.matcher(field).replaceAll(MountEntry::unescaped);
  }

  private static String unescaped(MatchResult escape) {
    char character = (char) (Integer.parseInt(escape.group(1), 8) & 0xff);
    return Matcher.quoteReplacement(String.valueOf(character));
  }

  /** Whether a process serves it through FUSE. */
  public boolean isFuse() {
    return type.equals("fuse") || type.startsWith("fuse.");
  }
}
