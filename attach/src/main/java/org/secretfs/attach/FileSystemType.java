package org.secretfs.attach;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The file systems that are made on a volume. */
public enum FileSystemType {
  EXT4(16),
  XFS(12),
  BTRFS(255);

  private final int longestLabelBytes;

  FileSystemType(int longestLabelBytes) {
    this.longestLabelBytes = longestLabelBytes;
  }

  /** The name that mount knows, as {@code ext4}. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The longest label it takes, in bytes. */
  public int longestLabelBytes() {
    return longestLabelBytes;
  }

  /**
   * Returns the type of this name.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static FileSystemType named(String text) {
    return Arrays.stream(values())
        .filter(type -> type.text().equals(text))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "file system '%s' is none of %s".formatted(text, names())));
  }

  private static List<String> names() {
    return Arrays.stream(values()).map(FileSystemType::text).toList();
  }
}
