package org.secretfs.keymanager.policy;

import java.util.ArrayList;
import java.util.List;

/**
 * A pattern whose wildcards are characters of the private use area, so that text can hold {@code *}
 * and {@code ?} literally. Matching takes time in proportion to both lengths, at worst their
 * product.
 */
final class Glob {
  private static final char ANY_TEXT = '\uE000';
  private static final char ANY_CHAR = '\uE001';

  /** A colon that came from a variable, and so separates no parts of an ARN. */
  private static final char FOREIGN_COLON = '\uE002';

  private static final int ARN_PARTS = 6;

  private final String pattern;

  Glob(String pattern) {
    this.pattern = pattern;
  }

  /** Fixed text in which {@code *} and {@code ?} are wildcards. */
  static String wild(String text) {
    return quoted(text).replaceAll("\\*+", String.valueOf(ANY_TEXT)).replace('?', ANY_CHAR);
  }

  /** Fixed text without wildcards. */
  static String quoted(String text) {
    // Characters that mean wildcards here can never match what comes from outside.
    return text.replaceAll("[\uE000-\uE002]", "\uFFFF");
  }

  /** The value of a variable: text without wildcards and without separators. */
  static String foreign(String text) {
    return quoted(text).replace(':', FOREIGN_COLON);
  }

  /** Whether a whole text is like this. */
  boolean matches(String text, boolean ignoreCase) {
    return matches(pattern, text, ignoreCase);
  }

  /** Whether an ARN is like this part by part: no wildcard reaches beyond a colon. */
  boolean matchesArn(String arn) {
    if (pattern.equals(String.valueOf(ANY_TEXT))) {
      return true;
    }
    List<String> expected = parts(pattern);
    List<String> actual = parts(arn);
    if (expected.size() != ARN_PARTS || actual.size() != ARN_PARTS) {
      return false;
    }
    for (int i = 0; i < ARN_PARTS; i++) {
      if (!matches(expected.get(i), actual.get(i), false)) {
        return false;
      }
    }
    return true;
  }

  private static List<String> parts(String text) {
    List<String> parts = new ArrayList<>(ARN_PARTS);
    int start = 0;
    while (parts.size() < ARN_PARTS - 1) {
      int colon = text.indexOf(':', start);
      if (colon < 0) {
        break;
      }
      parts.add(text.substring(start, colon));
      start = colon + 1;
    }
    parts.add(text.substring(start));
    return parts;
  }

  /*
   * Greedy: on a mismatch only the last wildcard takes one more character. Earlier ones need not
   * be tried again, since the shortest match before the last wildcard leaves it the most to take.
   */
  private static boolean matches(String pattern, String text, boolean ignoreCase) {
    int at = 0;
    int p = 0;
    int star = -1;
    int resume = 0;
    while (at < text.length()) {
      if (p < pattern.length() && pattern.charAt(p) == ANY_TEXT) {
        star = p++;
        resume = at;
      } else if (p < pattern.length() && same(pattern.charAt(p), text.charAt(at), ignoreCase)) {
        p++;
        at++;
      } else if (star >= 0) {
        p = star + 1;
        at = ++resume;
      } else {
        return false;
      }
    }
    while (p < pattern.length() && pattern.charAt(p) == ANY_TEXT) {
      p++;
    }
    return p == pattern.length();
  }

  private static boolean same(char expected, char actual, boolean ignoreCase) {
    if (expected == ANY_CHAR || expected == actual) {
      return true;
    }
    if (expected == FOREIGN_COLON) {
      return actual == ':';
    }
    return ignoreCase && Character.toLowerCase(expected) == Character.toLowerCase(actual);
  }
}
