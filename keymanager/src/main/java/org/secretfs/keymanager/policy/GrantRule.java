package org.secretfs.keymanager.policy;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a grant allows, to whom.
 *
 * @param id the grant's id
 * @param grantee the ARN of a user, a role or a session
 * @param operations names without {@code kms:}
 * @param contextEquals the only encryption context that is allowed; empty for any
 * @param contextSubset pairs that the encryption context must have at least; empty for none
 */
public record GrantRule(
    String id,
    String grantee,
    Set<String> operations,
    Map<String, String> contextEquals,
    Map<String, String> contextSubset) {
  private static final String CREATE_GRANT = "CreateGrant";

  /** Operations without an encryption context, which constraints therefore do not concern. */
  private static final Set<String> WITHOUT_CONTEXT = Set.of("DescribeKey", "RetireGrant");

  /**
   * What is asked beyond the question itself.
   *
   * @param encryptionContext that of the request
   * @param made for CreateGrant: the grant to be made; null for all others
   */
  public record Use(Map<String, String> encryptionContext, @Nullable GrantRule made) {
    /** A request without an encryption context that makes no grant. */
    public static final Use PLAIN = new Use(Map.of(), null);
  }

  boolean allows(Question question, Use use) {
    String operation = question.action().substring(question.action().indexOf(':') + 1);
    if (!question.subject().isNamedBy(grantee) || !operations.contains(operation)) {
      return false;
    }
    if (operation.equals(CREATE_GRANT)) {
      return use.made() != null && isNoWiderThanThis(use.made());
    }
    return WITHOUT_CONTEXT.contains(operation) || meetsConstraints(use.encryptionContext());
  }

  private boolean meetsConstraints(Map<String, String> context) {
    return (contextEquals.isEmpty() || contextEquals.equals(context))
        && context.entrySet().containsAll(contextSubset.entrySet());
  }

  /** Whoever got a grant passes on no more than it. */
  private boolean isNoWiderThanThis(GrantRule made) {
    boolean equals = contextEquals.isEmpty() || contextEquals.equals(made.contextEquals);
    boolean subset =
        made.contextSubset.entrySet().containsAll(contextSubset.entrySet())
            || made.contextEquals.entrySet().containsAll(contextSubset.entrySet());
    return operations.containsAll(made.operations) && equals && subset;
  }
}
