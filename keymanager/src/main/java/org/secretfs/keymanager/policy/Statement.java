package org.secretfs.keymanager.policy;

import java.util.List;

/**
 * A statement of a policy.
 *
 * @param name its Sid, or its place in the document
 * @param effect what it does where it applies
 * @param principals whom it is about
 * @param actions what it is about
 * @param resources what it is about
 * @param conditions all of which must hold
 */
record Statement(
    String name,
    Effect effect,
    Principals principals,
    Patterns actions,
    Patterns resources,
    List<Condition> conditions) {

  /** How it concerns a question; {@link Principals.Relation#NONE} if it does not apply. */
  Principals.Relation relation(Question question) {
    Principals.Relation relation = principals.of(question.subject());
    return relation != Principals.Relation.NONE && applies(question)
        ? relation
        : Principals.Relation.NONE;
  }

  private boolean applies(Question question) {
    Facts facts = question.facts();
    return actions.matchAction(question.action(), facts)
        && resources.matchResource(question.resource(), facts, effect)
        && conditions.stream().allMatch(condition -> condition.holds(facts, effect));
  }
}
