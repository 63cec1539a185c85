package org.secretfs.cli.luks;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.secretfs.failure.OptionException;

/** Sizes as cryptsetup takes them: {@code 16384}, {@code 16k}, {@code 4MiB}; KB is 1000. */
final class Bytes {
  private static final Pattern SIZE = Pattern.compile("(\\d{1,18})(([kmgt])(i?b)?)?");

  private Bytes() {}

  static long parse(String text) {
    Matcher matcher = SIZE.matcher(text.strip().toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      throw new OptionException(
          "size '%s': must be a number with k, m, g or t behind it or nothing".formatted(text));
    }
    long number = Long.parseLong(matcher.group(1));
    if (matcher.group(3) == null) {
      return number;
    }
    long base = "b".equals(matcher.group(4)) ? 1000 : 1024;
    long unit = base;
    for (int power = 1 + "kmgt".indexOf(matcher.group(3)); power > 1; power--) {
      unit *= base;
    }
    if (number > Long.MAX_VALUE / unit) {
      throw new OptionException("size '%s': must be less than 8 EiB".formatted(text));
    }
    return number * unit;
  }
}
