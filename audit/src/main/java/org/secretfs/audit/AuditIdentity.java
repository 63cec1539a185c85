package org.secretfs.audit;

import org.jspecify.annotations.Nullable;

/**
 * Who asked, as far as it is known: {@code userIdentity} of a CloudTrail record.
 *
 * @param type {@code IAMUser}, or {@code Unknown} for a request that was not authenticated
 * @param arn as in {@code arn:aws:iam::123456789012:user/name}
 * @param accountId 12 digits
 * @param accessKeyId the id of the access key; for a refused request, as it was claimed
 * @param userName the user's name
 */
public record AuditIdentity(
    String type,
    @Nullable String arn,
    @Nullable String accountId,
    @Nullable String accessKeyId,
    @Nullable String userName) {

  /** A user of the account, authenticated. */
  public static AuditIdentity user(
      String arn, String accountId, String accessKeyId, String userName) {
    return new AuditIdentity("IAMUser", arn, accountId, accessKeyId, userName);
  }

  /** Somebody who did not prove who it is. */
  public static AuditIdentity unknown(@Nullable String claimedAccessKeyId) {
    return new AuditIdentity("Unknown", null, null, claimedAccessKeyId, null);
  }

  /** A part of the product itself, as in {@code audit.secretfs}. */
  public static AuditIdentity service(String name) {
    return new AuditIdentity("AWSService", null, null, null, name);
  }
}
