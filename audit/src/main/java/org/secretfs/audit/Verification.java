package org.secretfs.audit;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a walk over a log found.
 *
 * @param count how many records continue the chain from its start
 * @param head the last of them; equals {@link Head#EMPTY} where there is none
 * @param firstBreak the first line that does not continue the chain; nothing after it was read
 * @param tornBytes how many bytes at the end of the last file are no whole line: a record that was
 *     being written, and whose request was not answered yet, or a line that someone cut short
 */
public record Verification(long count, Head head, Optional<Break> firstBreak, long tornBytes) {

  /** Whether every line continues the chain. */
  public boolean isIntact() {
    return firstBreak.isEmpty();
  }

  /**
   * The last record of a chain. Whoever remembers one elsewhere can later tell that the log was not
   * cut off before it: records removed from the end leave a chain that is intact in itself.
   *
   * @param sequence the record's number, from 1; 0 where there is none
   * @param hash its hash, 64 hexadecimal digits
   */
  public record Head(long sequence, String hash) {
    /** What the first record continues. */
    public static final Head EMPTY = new Head(0, "0".repeat(LogLine.HASH_DIGITS));
  }

  /**
   * A line that does not continue the chain.
   *
   * @param file the file it is in
   * @param line its number there, from 1; 0 where a whole file is missing or should not be there
   * @param reason what is wrong with it
   */
  public record Break(Path file, long line, String reason) {
    @Override
    public String toString() {
      return "%s line %d: %s".formatted(file, line, reason);
    }
  }
}
