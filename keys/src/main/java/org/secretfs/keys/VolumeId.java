package org.secretfs.keys;

import java.util.regex.Pattern;

/**
 * The name of a volume as its owner writes it: 1 to 64 characters, letters, digits, dot, hyphen and
 * underscore, the first a letter or digit. It appears in messages and audit events, so it is no
 * secret.
 *
 * @param name the name
 */
public record VolumeId(String name) {
  private static final Pattern RULE = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");

  /** Checks the rule; throws {@link IllegalArgumentException} where it is broken. */
  public VolumeId {
    if (!RULE.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "volume name \"%s\": must match %s".formatted(Text.shown(name), RULE));
    }
  }

  @Override
  public String toString() {
    return name;
  }
}
