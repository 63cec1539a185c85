package org.secretfs.cli.config;

import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as people write them: {@code 512MiB}, {@code 2GiB}, {@code 4096}. */
public final class Sizes {
  private static final Pattern SIZE =
      Pattern.compile("(\\d{1,18})\\s*(B|KiB|MiB|GiB|TiB|K|M|G|T)?");

  private Sizes() {}

  /** The size in bytes, or empty where the text is no size below 8 EiB. */
  public static OptionalLong parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip());
    if (!matcher.matches()) {
      return OptionalLong.empty();
    }
    String unit = matcher.group(2) == null ? "B" : matcher.group(2);
    long number = Long.parseLong(matcher.group(1));
    int shift = 10 * "BKMGT".indexOf(unit.charAt(0));
    return number > Long.MAX_VALUE >> shift
        ? OptionalLong.empty()
        : OptionalLong.of(number << shift);
  }

  /** The size with the largest unit that keeps a digit before the point. */
  public static String format(long bytes) {
    String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    double value = bytes;
    int unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
      value /= 1024;
      unit++;
    }
    return value == Math.rint(value)
        ? "%d %s".formatted((long) value, units[unit])
        : "%.1f %s".formatted(value, units[unit]);
  }
}
