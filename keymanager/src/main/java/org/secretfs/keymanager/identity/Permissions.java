package org.secretfs.keymanager.identity;

import java.util.ArrayList;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.policy.Decision;
import org.secretfs.keymanager.policy.Facts;
import org.secretfs.keymanager.policy.GrantRule;
import org.secretfs.keymanager.policy.Origin;
import org.secretfs.keymanager.policy.PolicySet;
import org.secretfs.keymanager.policy.Question;

/**
 * What a principal may do in one request, by its own policies alone or as it was decided elsewhere;
 * remembers the decisions for the record. For one thread.
 */
public final class Permissions {
  private final Principal principal;
  private final List<String> decisions = new ArrayList<>(1);

  /** Those of a principal. */
  public Permissions(Principal principal) {
    this.principal = principal;
  }

  /** Whether it may, by policies that are the principal's own; leaves no trace. */
  public Decision decide(String action, String resource, Facts facts) {
    PolicySet policies =
        new PolicySet(
            null,
            Origin.Source.KEY_POLICY,
            principal.policies(),
            principal.sessionPolicy(),
            List.of());
    Facts all = new Facts().addAll(principal.facts()).addAll(facts);
    Question question = new Question(principal.subject(), action, resource, all);
    return policies.decide(question, GrantRule.Use.PLAIN);
  }

  /** Refuses an action, as in {@code s3:GetObject}, that the principal's policies do not allow. */
  public void require(String action, String resource) throws Refused {
    require(decide(action, resource, new Facts()), action, resource);
  }

  /** Refuses what was decided so. */
  public void require(Decision decision, String action, String resource) throws Refused {
    decisions.add(action + ": " + told(decision));
    if (!decision.allows()) {
      throw new Refused(
          KmsErrorCode.ACCESS_DENIED,
          "User: %s is not authorized to perform: %s on resource: %s %s"
              .formatted(principal.arn(), action, resource, decision.why(action)));
    }
  }

  private static String told(Decision decision) {
    return switch (decision) {
      case Decision.Allowed allowed -> "allowed by " + allowed.by();
      case Decision.Forbidden forbidden -> "denied by " + forbidden.by();
      case Decision.NotAllowed not -> "not allowed by any " + not.missing();
    };
  }

  /** Which statements and grants decided so far. */
  public List<String> decisions() {
    return List.copyOf(decisions);
  }
}
