package org.secretfs.keys;

import java.util.Map;
import java.util.TreeMap;

/** How values from outside are put into messages: bounded, and without control characters. */
final class Text {
  private static final int MOST_CHARS = 200;

  private Text() {}

  /** Returns {@code value} with control characters as question marks, cut to 200 characters. */
  static String shown(String value) {
    String cut = value.length() <= MOST_CHARS ? value : value.substring(0, MOST_CHARS) + "…";
    return cut.replaceAll("\\p{Cntrl}", "?");
  }

  /** Returns the context as {@code {a=b, c=d}} in order of keys, each part bounded. */
  static String shown(Map<String, String> context) {
    Map<String, String> shown = new TreeMap<>();
    context.forEach((key, value) -> shown.put(shown(key), shown(value)));
    return shown.toString();
  }
}
