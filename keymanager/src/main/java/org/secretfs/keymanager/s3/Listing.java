package org.secretfs.keymanager.s3;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A part of a bucket's objects, in the order of their keys.
 *
 * @param objects those that were found
 * @param prefixes what keys have in common up to a delimiter, where one was asked for
 * @param next what the next part comes after; null if this is the last
 */
public record Listing(List<Found> objects, List<String> prefixes, @Nullable String next) {
  /**
   * What is wanted.
   *
   * @param prefix what the keys begin with
   * @param delimiter {@code /}, or empty for none
   * @param after what the keys come after
   * @param most how many objects and prefixes
   */
  public record Wanted(String prefix, String delimiter, String after, int most) {}

  /**
   * An object.
   *
   * @param key its name
   * @param bytes its size
   * @param modified when it was put
   */
  public record Found(String key, long bytes, Instant modified) {}

  public Listing {
    objects = List.copyOf(objects);
    prefixes = List.copyOf(prefixes);
  }

  static Listing of(Path root, Wanted wanted) throws IOException {
    Walk walk = new Walk(wanted);
    walk.directory(root, "");
    return new Listing(walk.objects, walk.prefixes, walk.truncated ? walk.last : null);
  }

  /** Goes through the directories that can hold what is wanted. */
  private static final class Walk {
    private final Wanted wanted;
    private final List<Found> objects = new ArrayList<>();
    private final List<String> prefixes = new ArrayList<>();
    private String last = "";
    private boolean truncated;

    Walk(Wanted wanted) {
      this.wanted = wanted;
    }

    void directory(Path directory, String base) throws IOException {
      List<String> names = new ArrayList<>();
      try (Stream<Path> files = Files.list(directory)) {
        for (Path file : (Iterable<Path>) files::iterator) {
          String name = file.getFileName().toString();
          if (!name.startsWith(".")) {
            // With its slash a directory sorts as the keys below it do.
            names.add(Files.isDirectory(file) ? name + "/" : name);
          }
        }
      } catch (NoSuchFileException e) {
        return;
      }
      names.sort(null);
      for (String name : names) {
        if (!truncated) {
          entry(directory.resolve(name), base + name);
        }
      }
    }

    private void entry(Path file, String key) throws IOException {
      if (!key.endsWith("/")) {
        if (key.startsWith(wanted.prefix()) && key.compareTo(wanted.after()) > 0) {
          object(file, key);
        }
      } else if (mayHold(key)) {
        if (isCommonPrefix(key)) {
          prefix(key);
        } else {
          directory(file, key);
        }
      }
    }

    private boolean isCommonPrefix(String directory) {
      return !wanted.delimiter().isEmpty()
          && directory.startsWith(wanted.prefix())
          && directory.length() > wanted.prefix().length();
    }

    private boolean mayHold(String directory) {
      boolean matches =
          directory.startsWith(wanted.prefix()) || wanted.prefix().startsWith(directory);
      return matches
          && (directory.compareTo(wanted.after()) > 0 || wanted.after().startsWith(directory));
    }

    private void prefix(String key) {
      // After a prefix, or a key below it, the whole prefix was given before.
      if (!wanted.after().startsWith(key) && hasRoom(key)) {
        prefixes.add(key);
      }
    }

    private void object(Path file, String key) throws IOException {
      if (hasRoom(key)) {
        objects.add(new Found(key, Files.size(file), Files.getLastModifiedTime(file).toInstant()));
      }
    }

    private boolean hasRoom(String key) {
      truncated = objects.size() + prefixes.size() >= wanted.most();
      if (!truncated) {
        last = key;
      }
      return !truncated;
    }
  }
}
