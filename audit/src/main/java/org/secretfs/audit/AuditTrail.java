package org.secretfs.audit;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Consumer;

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
    String reason = "record %d as remembered is not there".formatted(remembered.sequence());
    Verification.Break cut = new Verification.Break(directory, 0, reason);
    return new Verification(all.count(), all.head(), Optional.of(cut), all.tornBytes());
  }

  /**
   * Hands over every record from the first on, until the end or the first break.
   *
   * @param each called in the reading thread, in order; what it throws ends the walk
   * @throws IOException if a file cannot be read
   */
  public static Verification read(Path directory, Consumer<AuditEntry> each) throws IOException {
    ChainWalk walk = new ChainWalk(Verification.Head.EMPTY, each);
    for (Path file : Segments.list(directory)) {
      walk.file(file);
    }
    return walk.result();
  }
}
