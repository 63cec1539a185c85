package org.secretfs.keymanager.kms;

/**
 * Who asks, proven.
 *
 * @param arn as in {@code arn:aws:iam::123456789012:user/name}
 * @param accountId 12 digits
 * @param accessKeyId whose signature it was
 * @param userName the user
 */
public record Principal(String arn, String accountId, String accessKeyId, String userName) {
  /** A user of an account. */
  public static Principal user(String accountId, String accessKeyId, String userName) {
    return new Principal(
        "arn:aws:iam::%s:user/%s".formatted(accountId, userName), accountId, accessKeyId, userName);
  }
}
