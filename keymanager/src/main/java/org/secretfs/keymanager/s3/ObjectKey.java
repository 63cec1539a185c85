package org.secretfs.keymanager.s3;

import java.util.regex.Pattern;

/**
 * The name of an object, which is also the path of its file: printable ASCII characters, at most
 * 1024; parts between slashes of 1 to 200 characters, none of which begins with a dot.
 */
public final class ObjectKey {
  private static final int MOST_CHARS = 1024;
  private static final Pattern FORM =
      Pattern.compile(
          "(?:[\\x20-\\x7E&&[^./]][\\x20-\\x7E&&[^/]]{0,199})(?:/[\\x20-\\x7E&&[^./]][\\x20-\\x7E&&[^/]]{0,199})*");

  private ObjectKey() {}

  /** Whether it is one. */
  public static boolean isValid(String key) {
    return key.length() <= MOST_CHARS && FORM.matcher(key).matches();
  }
}
