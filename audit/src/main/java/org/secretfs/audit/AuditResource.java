package org.secretfs.audit;

/**
 * Something that a request touched.
 *
 * @param arn its Amazon Resource Name
 * @param accountId the account it belongs to
 * @param type as in {@code AWS::KMS::Key}
 */
public record AuditResource(String arn, String accountId, String type) {
  /** A key of the key manager. */
  public static AuditResource kmsKey(String arn, String accountId) {
    return new AuditResource(arn, accountId, "AWS::KMS::Key");
  }
}
