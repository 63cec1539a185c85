package org.secretfs.keymanager.policy;

import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The actions or resources of a statement.
 *
 * @param negated whether it is NotAction or NotResource
 * @param templates of which one matches
 */
record Patterns(boolean negated, List<Template> templates) {
  /** Everything. */
  static final Patterns ALL = new Patterns(true, List.of());

  boolean matchAction(String action, Facts facts) {
    return negated
        != templates.stream()
            .map(template -> template.resolve(facts))
            .flatMap(Optional::stream)
            .anyMatch(glob -> glob.matches(action, true));
  }

  /** As IAM does, but in NotResource a variable without a value makes an Allow apply to nothing. */
  boolean matchResource(String resource, Facts facts, Effect effect) {
    boolean any = false;
    for (Template template : templates) {
      Optional<Glob> glob = template.resolve(facts);
      if (glob.isEmpty() && negated) {
        return effect == Effect.Deny;
      }
      any |=
          glob.isPresent()
              && (resource.equals("*")
                  ? glob.get().matches(resource, false)
                  : glob.get().matchesArn(resource));
    }
    return negated != any;
  }

  void addKeysTo(Set<String> keys) {
    templates.forEach(template -> template.addKeysTo(keys));
  }
}
