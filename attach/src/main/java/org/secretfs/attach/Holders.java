package org.secretfs.attach;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** Finds the processes that keep a mounted directory or a device busy. */
final class Holders {
  private static final Path PROC = Path.of("/proc");
  private static final int MOST_HOLDERS = 16;

  private Holders() {}

  /**
   * Returns up to 16 of them as "pid (name)". Looks at links only, so a dead mount cannot hang it.
   */
  static List<String> of(Path path) {
    List<String> holders = new ArrayList<>();
    try (DirectoryStream<Path> processes = Files.newDirectoryStream(PROC, "[0-9]*")) {
      for (Path process : processes) {
        if (holders.size() < MOST_HOLDERS && holds(process, path)) {
          holders.add("%s (%s)".formatted(process.getFileName(), nameOf(process)));
        }
      }
    } catch (IOException e) {
      return holders;
    }
    return holders;
  }

  private static boolean holds(Path process, Path path) {
    return Stream.of("cwd", "root", "exe").anyMatch(l -> pointsBelow(process.resolve(l), path))
        || anyLinkBelow(process.resolve("fd"), path)
        || anyMapBelow(process.resolve("maps"), path);
  }

  private static boolean pointsBelow(Path link, Path path) {
    try {
      return Files.readSymbolicLink(link).startsWith(path);
    } catch (IOException e) {
      return false;
    }
  }

  private static boolean anyLinkBelow(Path directory, Path path) {
    try (Stream<Path> links = Files.list(directory)) {
      return links.anyMatch(link -> pointsBelow(link, path));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static boolean anyMapBelow(Path maps, Path path) {
    try (Stream<String> lines = Files.lines(maps, StandardCharsets.ISO_8859_1)) {
      return lines.anyMatch(line -> line.contains(" " + path + "/"));
    } catch (IOException | UncheckedIOException e) {
      return false;
    }
  }

  private static String nameOf(Path process) {
    try {
      byte[] name = Files.readAllBytes(process.resolve("comm"));
      return new String(name, StandardCharsets.UTF_8).strip();
    } catch (IOException e) {
      return "ended";
    }
  }
}
