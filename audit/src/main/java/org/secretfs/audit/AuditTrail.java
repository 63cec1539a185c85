package org.secretfs.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Reads a log and checks its chain. Reads only; a writer may be at work meanwhile.
 *
 * <p><strong>What it finds:</strong> any line that was edited, deleted, inserted or moved, and a
 * deleted first or middle file. <strong>What it cannot find:</strong> records removed from the end,
 * unless a {@link Verification.Head} from after them was remembered elsewhere; and a log that was
 * written anew as a whole, since hashes alone prove order and not origin.
 */
public final class AuditTrail {
  private AuditTrail() {}

  /** Checks the whole log. Costs one pass over its files and one SHA-256. */
  public static Verification verify(Path directory) throws IOException {
    return read(directory, entry -> {});
  }

  /**
   * Checks the whole log, and that it still holds a record known from before.
   *
   * @param remembered a head that an earlier walk, or {@link AuditLog#head}, gave
   * @return as {@link #verify(Path)}; a log that ends before {@code remembered}, or holds another
   *     record at its place, has a break
   */
  public static Verification verify(Path directory, Verification.Head remembered)
      throws IOException {
    if (remembered.equals(Verification.Head.EMPTY)) {
      return verify(directory);
    }
    boolean[] found = new boolean[1];
    Verification all = read(directory, entry -> found[0] |= entry.position().equals(remembered));
    if (found[0] || !all.isIntact()) {
      return all;
    }
    Verification.Break cut = lacks(directory, remembered);
    return new Verification(all.count(), all.head(), Optional.of(cut), all.tornBytes());
  }

  /**
   * Hands over every record from the first on, until the end or the first break.
   *
   * @param each called in the reading thread, in order; what it throws ends the walk
   * @throws IOException if a file cannot be read
   */
  public static Verification read(Path directory, Consumer<AuditEntry> each) throws IOException {
    ChainWalk walk =
        new ChainWalk(
            Verification.Head.EMPTY,
            entry -> {
              each.accept(entry);
              return true;
            });
    for (Path file : Segments.list(directory)) {
      walk.file(file);
    }
    return walk.result();
  }

  /**
   * Hands over the records after one that is known, and checks that it is still there. Files before
   * that with this record are not looked at.
   *
   * @param known the last record that was handed over before
   * @param each called in order; returns whether it wants more
   */
  public static Verification readAfter(
      Path directory, Verification.Head known, Predicate<AuditEntry> each) throws IOException {
    List<Path> files = new ArrayList<>(Segments.list(directory));
    while (files.size() > 1 && Segments.firstSequence(files.get(1)) <= known.sequence()) {
      files.removeFirst();
    }
    Verification.Head start = Verification.Head.EMPTY;
    if (!files.isEmpty() && Segments.firstSequence(files.getFirst()) > 1) {
      try {
        start = Segments.before(files.getFirst());
      } catch (AuditException.MalformedLine e) {
        return broken(new Verification.Break(files.getFirst(), 1, String.valueOf(e.getMessage())));
      }
    }
    return walkAfter(directory, files, start, known, each);
  }

  /**
   * Hands over the records of the file that has the one before a given number, oldest first, up to
   * that one; for going back from the end. Checks the chain within the file.
   *
   * @return the number of the first record of that file; 1 where nothing comes before
   */
  public static long readBefore(Path directory, long sequence, Consumer<AuditEntry> each)
      throws IOException {
    List<Path> files = new ArrayList<>(Segments.list(directory));
    while (!files.isEmpty() && Segments.firstSequence(files.getLast()) >= sequence) {
      files.removeLast();
    }
    if (files.isEmpty()) {
      return 1;
    }
    Path file = files.getLast();
    try {
      ChainWalk walk =
          new ChainWalk(
              Segments.before(file),
              entry -> {
                boolean isBefore = entry.position().sequence() < sequence;
                if (isBefore) {
                  each.accept(entry);
                }
                return isBefore;
              });
      walk.file(file);
    } catch (AuditException.MalformedLine e) {
      throw new IOException("%s line 1: %s".formatted(file, e.getMessage()), e);
    }
    return Segments.firstSequence(file);
  }

  private static Verification walkAfter(
      Path directory,
      List<Path> files,
      Verification.Head start,
      Verification.Head known,
      Predicate<AuditEntry> each)
      throws IOException {
    boolean[] found = {start.equals(known)};
    ChainWalk walk =
        new ChainWalk(
            start,
            entry -> {
              found[0] |= entry.position().equals(known);
              boolean isAfter = entry.position().sequence() > known.sequence();
              return isAfter ? found[0] && each.test(entry) : true;
            });
    for (Path file : files) {
      if (!walk.isEnded()) {
        walk.file(file);
      }
    }
    if (!found[0] && walk.result().isIntact()) {
      return broken(lacks(directory, known));
    }
    return walk.result();
  }

  private static Verification.Break lacks(Path directory, Verification.Head known) {
    return new Verification.Break(
        directory, 0, "record %d as remembered is not there".formatted(known.sequence()));
  }

  private static Verification broken(Verification.Break where) {
    return new Verification(0, Verification.Head.EMPTY, Optional.of(where), 0);
  }
}
