package org.secretfs.attach;

import java.util.regex.Pattern;
import org.secretfs.failure.OptionException;

/**
 * The name of a volume on this machine, safe as part of a path, a mapping name and a command line.
 *
 * @param text one to 64 of {@code a-z 0-9 . _ -}, beginning with a letter or a digit
 */
public record VolumeName(String text) {
  private static final Pattern RULE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  /**
   * Checks the rule.
   *
   * @throws IllegalArgumentException if the text breaks it
   */
  public VolumeName {
    if (!isOne(text)) {
      throw new OptionException(
          "volume name '%s' does not match %s".formatted(text, RULE.pattern()));
    }
  }

  /** Whether a text is such a name. */
  public static boolean isOne(String text) {
    return RULE.matcher(text).matches();
  }

  /** Returns the name, checked. */
  public static VolumeName of(String text) {
    return new VolumeName(text);
  }

  @Override
  public String toString() {
    return text;
  }
}
