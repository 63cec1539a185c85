package org.secretfs.keys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.Set;

/** Decides whether a directory that a header names may be read. */
final class DirectoryTrust {
  private static final Set<PosixFilePermission> OTHERS_WRITE =
      Set.of(PosixFilePermission.GROUP_WRITE, PosixFilePermission.OTHERS_WRITE);

  private DirectoryTrust() {}

  /** Requires a real directory, owned by this process's user, that nobody else can write. */
  static void requirePrivate(Path directory) throws KeySourceException {
    try {
      PosixFileAttributes found =
          Files.readAttributes(directory, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      boolean mine = found.owner().equals(self());
      if (!found.isDirectory() || !mine || othersWrite(found)) {
        throw refused(directory, "is not a directory of this user alone");
      }
    } catch (IOException e) {
      throw refused(directory, "cannot be examined: " + Text.shown(e.toString()));
    }
  }

  private static boolean othersWrite(PosixFileAttributes found) {
    return found.permissions().stream().anyMatch(OTHERS_WRITE::contains);
  }

  private static Object self() throws IOException {
    return Files.getOwner(Path.of("/proc/self"));
  }

  private static KeySourceException refused(Path directory, String why) {
    return new KeySourceException.Misconfigured(
        KeySourceCode.TOKEN_NOT_TRUSTED,
        "token in the header names the directory \"%s\", which %s"
            .formatted(Text.shown(directory.toString()), why));
  }
}
