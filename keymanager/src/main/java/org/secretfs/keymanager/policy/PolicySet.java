package org.secretfs.keymanager.policy;

import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.policy.Origin.Source;
import org.secretfs.keymanager.policy.Principals.Relation;

/**
 * All that has a say in one decision, and the decision.
 *
 * <p>The rules, in this order: a statement that denies decides. Without a resource policy, as for
 * operations that concern no key, an identity policy must allow. A resource policy that allows the
 * principal by name, or everyone, is enough, and so is a grant. One that allows the principal's
 * account lets the identity policies decide. A session made with a policy of its own needs that
 * policy's consent too, unless the resource policy names this very session.
 *
 * @param resource the key policy, or the trust policy of a role; null where there is none
 * @param resourceSource which of these it is
 * @param identity the policies of the user or role
 * @param session the policy that a session was made with; null without one
 * @param grants those of the key
 * @see <a href="https://docs.aws.amazon.com/kms/latest/developerguide/policy-evaluation.html">
 *     Troubleshooting key access: how AWS KMS decides</a>
 */
public record PolicySet(
    @Nullable NamedPolicy resource,
    Source resourceSource,
    List<NamedPolicy> identity,
    @Nullable NamedPolicy session,
    List<GrantRule> grants) {

  public PolicySet {
    identity = List.copyOf(identity);
    grants = List.copyOf(grants);
  }

  /** Decides; changes nothing. */
  public Decision decide(Question question, GrantRule.Use use) {
    Optional<Origin> forbidden = forbidding(question);
    if (forbidden.isPresent()) {
      return new Decision.Forbidden(forbidden.get());
    }
    Optional<Origin> direct = direct(question, use);
    if (direct.isPresent()) {
      boolean alone = session == null || namesSession(question);
      return alone ? new Decision.Allowed(direct.get()) : withSession(question, direct.get());
    }
    if (resource != null && allowedBy(resource, question, Relation.ACCOUNT).isEmpty()) {
      return new Decision.NotAllowed(Decision.Missing.RESOURCE_POLICY);
    }
    Optional<Origin> own = own(question);
    return own.isPresent()
        ? withSession(question, own.get())
        : new Decision.NotAllowed(Decision.Missing.IDENTITY_POLICY);
  }

  /** Whether a condition or a variable in any of the policies asks for a key that begins so. */
  public boolean asksFor(String prefix) {
    return (resource != null && resource.document().asksFor(prefix))
        || (session != null && session.document().asksFor(prefix))
        || identity.stream().anyMatch(policy -> policy.document().asksFor(prefix));
  }

  private Optional<Origin> forbidding(Question question) {
    Optional<Origin> found =
        resource == null ? Optional.empty() : denied(resource, resourceSource, question);
    for (NamedPolicy policy : identity) {
      found = found.or(() -> denied(policy, Source.IDENTITY_POLICY, question));
    }
    return found.or(() ->
        session == null ? Optional.empty() : denied(session, Source.SESSION_POLICY, question));
  }

  private static Optional<Origin> denied(NamedPolicy policy, Source source, Question question) {
    return policy
        .document()
        .first(question, Effect.Deny, Relation.DIRECT, Relation.ACCOUNT)
        .map(statement -> new Origin(source, policy.name(), statement.name()));
  }

  private Optional<Origin> direct(Question question, GrantRule.Use use) {
    Optional<Origin> named =
        resource == null
            ? Optional.empty()
            : allowedBy(resource, question, Relation.DIRECT).map(this::ofResource);
    return named.or(() ->
        grants.stream()
            .filter(grant -> grant.allows(question, use))
            .map(grant -> new Origin(Source.GRANT, grant.id(), ""))
            .findFirst());
  }

  private Origin ofResource(Statement statement) {
    return new Origin(resourceSource, resource == null ? "" : resource.name(), statement.name());
  }

  private boolean namesSession(Question question) {
    return resource != null
        && resource.document().statements().stream()
            .filter(statement -> statement.effect() == Effect.Allow)
            .filter(statement -> statement.principals().namesSession(question.subject()))
            .anyMatch(statement -> statement.relation(question) == Relation.DIRECT);
  }

  private Optional<Origin> own(Question question) {
    Optional<Origin> found = Optional.empty();
    for (NamedPolicy policy : identity) {
      found =
          found.or(() ->
              allowedBy(policy, question, Relation.DIRECT)
                  .map(statement ->
                      new Origin(Source.IDENTITY_POLICY, policy.name(), statement.name())));
    }
    return found;
  }

  private Decision withSession(Question question, Origin by) {
    boolean consents = session == null || allowedBy(session, question, Relation.DIRECT).isPresent();
    return consents
        ? new Decision.Allowed(by)
        : new Decision.NotAllowed(Decision.Missing.SESSION_POLICY);
  }

  private static Optional<Statement> allowedBy(
      NamedPolicy policy, Question question, Relation relation) {
    return policy.document().first(question, Effect.Allow, relation);
  }
}
