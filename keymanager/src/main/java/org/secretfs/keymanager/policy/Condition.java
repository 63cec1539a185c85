package org.secretfs.keymanager.policy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * One line of a Condition block: an operator, a key, and values of which any may match (for a
 * negated operator: none).
 *
 * @param operator how values are compared
 * @param key the condition key, in lower case
 * @param values as the policy gives them
 * @param templates the same where variables and wildcards may be in them, else empty
 */
record Condition(Operator operator, String key, List<String> values, List<Template> templates) {

  /** Adds the condition keys that it asks for, in lower case. */
  void addKeysTo(Set<String> keys) {
    keys.add(key);
    templates.forEach(template -> template.addKeysTo(keys));
  }

  /**
   * Whether it holds.
   *
   * @param effect what hangs on it: where IAM leaves open what a key with several values or an
   *     unknown variable comes to, the answer is the one that gives less
   */
  boolean holds(Facts facts, Effect effect) {
    if (operator.comparison() == Comparison.NULL) {
      return values.stream().anyMatch(wanted -> Boolean.parseBoolean(wanted) != facts.has(key));
    }
    List<String> actual = facts.get(key);
    if (!facts.has(key)) {
      return operator.ifExists()
          || operator.quantifier() == Operator.Quantifier.ALL
          || (operator.quantifier() == Operator.Quantifier.ONE && operator.negated());
    }
    Optional<List<Glob>> globs = globs(facts);
    if (globs.isEmpty()) {
      return effect == Effect.Deny;
    }
    return switch (operator.quantifier()) {
      case ALL -> actual.stream().allMatch(value -> passes(value, globs.get()));
      case ANY -> actual.stream().anyMatch(value -> passes(value, globs.get()));
      case ONE ->
          effect == Effect.Deny
              ? actual.stream().anyMatch(value -> passes(value, globs.get()))
              : !actual.isEmpty() && actual.stream().allMatch(value -> passes(value, globs.get()));
    };
  }

  /**
   * The patterns; those whose variables are unknown match nothing. Empty if one is unknown and the
   * operator is negated: then nothing can be said.
   */
  private Optional<List<Glob>> globs(Facts facts) {
    List<Glob> globs = new ArrayList<>(templates.size());
    for (Template template : templates) {
      Optional<Glob> glob = template.resolve(facts);
      if (glob.isEmpty() && operator.negated()) {
        return Optional.empty();
      }
      glob.ifPresent(globs::add);
    }
    return Optional.of(globs);
  }

  private boolean passes(String actual, List<Glob> globs) {
    Comparison comparison = operator.comparison();
    boolean matches =
        comparison.form().hasVariables()
            ? globs.stream().anyMatch(glob -> comparison.test(actual, glob))
            : values.stream().anyMatch(value -> comparison.test(actual, value));
    return matches != operator.negated();
  }
}
