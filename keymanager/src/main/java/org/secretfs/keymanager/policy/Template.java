package org.secretfs.keymanager.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A text of a policy with wildcards and variables, as in {@code key/${aws:username}-*}.
 *
 * <p>{@code *} stands for any text and {@code ?} for one character, where the place allows
 * wildcards. {@code ${name}} stands for the only value of a condition key, {@code ${name,
 * 'default'}} for the default where it has none, {@code ${*}}, {@code ${?}} and {@code ${$}} for
 * these characters themselves. What comes from a variable never acts as a wildcard.
 *
 * @see <a
 *     href="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html">IAM
 *     policy elements: variables</a>
 */
final class Template {
  private static final Pattern VARIABLE = Pattern.compile("\\$\\{([^{}$]{1,256})}|\\$\\{([*?$])}");
  private static final Pattern NAME_AND_DEFAULT =
      Pattern.compile("\\s*([^,'\\s]+)\\s*(?:,\\s*'([^']*)'\\s*)?");

  private final List<Part> parts;

  /**
   * A part: fixed text, or a variable.
   *
   * @param text the fixed text, or the variable's default
   * @param variable the condition key; null for fixed text
   */
  private record Part(@Nullable String text, @Nullable String variable) {}

  private Template(List<Part> parts) {
    this.parts = List.copyOf(parts);
  }

  /**
   * Reads one.
   *
   * @param wildcards whether {@code *} and {@code ?} are wildcards here
   * @param variables whether variables are known here
   * @throws IllegalArgumentException if a variable is malformed
   */
  static Template parse(String text, boolean wildcards, boolean variables) {
    List<Part> parts = new ArrayList<>();
    int at = 0;
    if (variables) {
      Matcher matcher = VARIABLE.matcher(text);
      while (matcher.find()) {
        fixed(parts, text.substring(at, matcher.start()), wildcards);
        parts.add(variable(matcher));
        at = matcher.end();
      }
      if (text.indexOf("${", at) >= 0) {
        throw new IllegalArgumentException("malformed variable in '%s'".formatted(text));
      }
    }
    fixed(parts, text.substring(at), wildcards);
    return new Template(parts);
  }

  private static Part variable(Matcher matcher) {
    String escaped = matcher.group(2);
    String inner = escaped == null ? matcher.group(1) : escaped;
    if (inner.matches("[*?$]")) {
      return new Part(Glob.quoted(inner), null);
    }
    Matcher name = NAME_AND_DEFAULT.matcher(inner);
    if (!name.matches()) {
      throw new IllegalArgumentException("malformed variable '%s'".formatted(inner));
    }
    return new Part(name.group(2), name.group(1));
  }

  private static void fixed(List<Part> parts, String text, boolean wildcards) {
    if (!text.isEmpty()) {
      parts.add(new Part(wildcards ? Glob.wild(text) : Glob.quoted(text), null));
    }
  }

  /** Adds the condition keys that variables name, in lower case. */
  void addKeysTo(Set<String> keys) {
    for (Part part : parts) {
      if (part.variable() != null) {
        keys.add(part.variable().toLowerCase(Locale.ROOT));
      }
    }
  }

  /** The pattern for these facts; empty if a variable has no value, or more than one. */
  Optional<Glob> resolve(Facts facts) {
    StringBuilder pattern = new StringBuilder();
    for (Part part : parts) {
      String text = part.variable() == null ? part.text() : value(part, facts);
      if (text == null) {
        return Optional.empty();
      }
      pattern.append(text);
    }
    return Optional.of(new Glob(pattern.toString()));
  }

  private static @Nullable String value(Part part, Facts facts) {
    List<String> values = facts.get(String.valueOf(part.variable()));
    if (values.size() == 1) {
      return Glob.foreign(values.getFirst());
    }
    String otherwise = part.text();
    return values.isEmpty() && otherwise != null ? Glob.foreign(otherwise) : null;
  }
}
