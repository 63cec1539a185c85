package org.secretfs.keymanager.policy;

/**
 * The statement or grant that decided.
 *
 * @param source which kind of policy
 * @param policy the name of the policy, or the id of the grant
 * @param statement the statement's Sid or place; empty for a grant
 */
public record Origin(Source source, String policy, String statement) {
  /** Which kind of policy. */
  public enum Source {
    KEY_POLICY,
    IDENTITY_POLICY,
    SESSION_POLICY,
    TRUST_POLICY,
    GRANT
  }

  @Override
  public String toString() {
    String place = statement.isEmpty() ? policy : policy + "#" + statement;
    return source + " " + place;
  }
}
