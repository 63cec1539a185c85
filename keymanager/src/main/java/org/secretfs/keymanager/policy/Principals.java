package org.secretfs.keymanager.policy;

import java.util.List;

/**
 * The Principal or NotPrincipal of a statement.
 *
 * @param negated whether it is NotPrincipal
 * @param everyone whether it is {@code *}
 * @param arns those named by ARN
 * @param accounts those named by their account, 12 digits
 */
record Principals(boolean negated, boolean everyone, List<String> arns, List<String> accounts) {
  /** For statements that name nobody: they are about whoever they are attached to. */
  static final Principals ATTACHED = new Principals(false, true, List.of(), List.of());

  /** How a statement concerns somebody. */
  enum Relation {
    /** Not at all. */
    NONE,
    /** As one of an account, whose own policies then decide. */
    ACCOUNT,
    /** As itself. */
    DIRECT
  }

  Relation of(Subject subject) {
    boolean direct = everyone || arns.stream().anyMatch(subject::isNamedBy);
    if (negated) {
      return direct ? Relation.NONE : Relation.DIRECT;
    }
    if (direct) {
      return Relation.DIRECT;
    }
    return accounts.contains(subject.accountId()) ? Relation.ACCOUNT : Relation.NONE;
  }

  /** Whether the session itself is named, and not only its role. */
  boolean namesSession(Subject subject) {
    return !negated
        && arns.contains(subject.arn())
        && !subject.arn().equals(subject.principalArn());
  }
}
