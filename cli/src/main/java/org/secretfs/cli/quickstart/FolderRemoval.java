package org.secretfs.cli.quickstart;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.secretfs.attach.MountEntry;
import org.secretfs.attach.Mounts;
import org.secretfs.attach.SystemCommandRunner;
import org.secretfs.cli.failure.CliError;
import org.secretfs.cli.failure.CliException;

/** Deletes quickstart's folder and nothing beyond it. */
final class FolderRemoval {
  private final QuickstartFiles files;

  FolderRemoval(QuickstartFiles files) {
    this.files = files;
  }

  /** Refuses a folder that quickstart did not make, and a symbolic link to any. */
  void requireOurs() throws CliException {
    if (!Files.exists(files.marker())) {
      throw refused("was not made by quickstart");
    }
    if (Files.isSymbolicLink(files.directory())) {
      throw refused("is a symbolic link");
    }
  }

  /** Refuses while anything is mounted on or below the folder: its files would be deleted too. */
  void requireNoMounts() throws CliException {
    try {
      Path real = files.directory().toRealPath();
      List<Path> mounts =
          new Mounts(new SystemCommandRunner())
              .all().stream()
                  .map(MountEntry::mountPoint)
                  .filter(mountPoint -> mountPoint.startsWith(real))
                  .toList();
      if (!mounts.isEmpty()) {
        throw refused("has something mounted on " + mounts.getFirst());
      }
    } catch (IOException e) {
      throw undeletable(e);
    }
  }

  /**
   * Deletes the folder without following symbolic links. What a second attempt needs goes last, so
   * that a removal that was cut short can be repeated.
   */
  void delete() throws CliException {
    List<Path> last = List.of(files.configuration(), files.marker());
    try (Stream<Path> all = Files.walk(files.directory())) {
      Stream<Path> first =
          all.sorted(Comparator.reverseOrder())
              .filter(path -> !path.equals(files.directory()) && !last.contains(path));
      for (Path path : Stream.concat(first, last.stream()).toList()) {
        Files.deleteIfExists(path);
      }
      Files.delete(files.directory());
    } catch (IOException e) {
      throw undeletable(e);
    }
  }

  private CliException refused(String why) {
    return new CliException(
        CliError.USAGE_WRONG, "%s %s and is not deleted".formatted(files.directory(), why));
  }

  private CliException undeletable(IOException e) {
    return new CliException(
        CliError.FILE_UNWRITABLE, "%s cannot be deleted: %s".formatted(files.directory(), e), e);
  }
}
