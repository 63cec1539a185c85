package org.secretfs.keymanager.kms;

/**
 * The names of things in one account and region.
 *
 * @param accountId 12 digits
 * @param region as in {@code us-east-1}
 */
public record Arns(String accountId, String region) {
  private static final String KEY = "key/";

  /** The ARN of a key. */
  public String key(String keyId) {
    return prefix() + KEY + keyId;
  }

  /** The ARN of an alias, whose name begins with {@code alias/}. */
  public String alias(String name) {
    return prefix() + name;
  }

  /** The ARN of a role. */
  public String role(String name) {
    return "arn:aws:iam::%s:role/%s".formatted(accountId, name);
  }

  /** The ARN by which requests name the second factor of a user. */
  public String secondFactor(String userName) {
    return "arn:aws:iam::%s:mfa/%s".formatted(accountId, userName);
  }

  /** What every ARN begins with. */
  String prefix() {
    return "arn:aws:kms:%s:%s:".formatted(region, accountId);
  }

  /** The account as a principal of policies. */
  public String root() {
    return "arn:aws:iam::%s:root".formatted(accountId);
  }
}
