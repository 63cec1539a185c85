package org.secretfs.cli.config;

import java.util.Collection;
import java.util.Comparator;

/** Finds what a misspelt name was probably meant to be. */
public final class Nearest {
  private Nearest() {}

  /** Returns {@code "; did you mean 'x'?"}, or all the known names where none is near. */
  public static String suggestion(String wrong, Collection<String> known) {
    return known.stream()
        .min(Comparator.comparingInt(name -> distance(wrong, name)))
        .filter(name -> distance(wrong, name) <= Math.max(2, name.length() / 3))
        .map("; did you mean '%s'?"::formatted)
        .orElse("; known are: " + String.join(", ", known));
  }

  /** The number of single-character edits between two texts. */
  public static int distance(String a, String b) {
    int[] previous = new int[b.length() + 1];
    for (int j = 0; j <= b.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      previous = nextRow(a.charAt(i - 1), b, previous, i);
    }
    return previous[b.length()];
  }

  private static int[] nextRow(char c, String b, int[] previous, int row) {
    int[] current = new int[b.length() + 1];
    current[0] = row;
    for (int j = 1; j <= b.length(); j++) {
      int replaced = previous[j - 1] + (c == b.charAt(j - 1) ? 0 : 1);
      current[j] = Math.min(replaced, Math.min(previous[j], current[j - 1]) + 1);
    }
    return current;
  }
}
