package org.secretfs.keymanager.kms;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.MalformedPolicy;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.policy.NamedPolicy;
import org.secretfs.keymanager.policy.PolicyCache;
import org.secretfs.keymanager.policy.PolicyDocument;
import org.secretfs.keymanager.store.KeyRecord;

/** The documents of key policies; see {@link Access} for what they decide. */
final class KeyPolicies {
  /** The only name that a key policy has. */
  static final String NAME = "default";

  private KeyPolicies() {}

  /** What AWS gives a key where nothing else is said: its account decides. */
  static String byDefault(Arns arns) {
    return """
    {
      "Version" : "2012-10-17",
      "Id" : "key-default-1",
      "Statement" : [ {
        "Sid" : "Enable IAM User Permissions",
        "Effect" : "Allow",
        "Principal" : {
          "AWS" : "%s"
        },
        "Action" : "kms:*",
        "Resource" : "*"
      } ]
    }\
    """
        .formatted(arns.root());
  }

  static Optional<String> read(Params params) throws Refused {
    Optional<String> policy = params.text("Policy", 1, 131_072);
    if (policy.isPresent()) {
      check(policy.get());
    }
    return policy;
  }

  private static void check(String policy) throws Refused {
    int bytes = policy.getBytes(StandardCharsets.UTF_8).length;
    if (bytes > PolicyDocument.MOST_BYTES) {
      throw new Refused(
          KmsErrorCode.LIMIT_EXCEEDED,
          "Policy of %d bytes exceeds %d bytes.".formatted(bytes, PolicyDocument.MOST_BYTES));
    }
    try {
      PolicyDocument.parse(policy, PolicyDocument.Kind.KEY);
    } catch (MalformedPolicy e) {
      throw new Refused(KmsErrorCode.MALFORMED_POLICY, String.valueOf(e.getMessage()));
    }
  }

  /** The policy of a key, as it is in force. */
  static NamedPolicy inForce(KeyRecord key, PolicyCache cache, Arns arns) {
    try {
      return new NamedPolicy(NAME, cache.of(key.policy()));
    } catch (MalformedPolicy e) {
      return unreadable(cache, arns);
    }
  }

  /**
   * What is in force where a kept policy cannot be read, as one that was kept before policies were
   * evaluated: administrators of the account may look at it and put another, nobody may use the
   * key.
   */
  private static NamedPolicy unreadable(PolicyCache cache, Arns arns) {
    String policy =
        """
        {"Version":"2012-10-17","Statement":[{"Sid":"PolicyCannotBeRead","Effect":"Allow",
          "Principal":{"AWS":"%s"},"Action":["kms:PutKeyPolicy","kms:GetKeyPolicy",
          "kms:DescribeKey","kms:List*"],"Resource":"*"}]}\
        """
            .formatted(arns.root());
    try {
      return new NamedPolicy(NAME, cache.of(policy));
    } catch (MalformedPolicy e) {
      throw new AssertionError("a document of ours is well-formed", e);
    }
  }

  /** Refuses a policy that keeps its author from ever changing it, unless that is wanted. */
  static void requireChangeable(Call call, KeyRecord withPolicy) throws Refused, IOException {
    if (!call.params().flag("BypassPolicyLockoutSafetyCheck") && !call.mayPutPolicy(withPolicy)) {
      throw new Refused(
          KmsErrorCode.MALFORMED_POLICY,
          "The new key policy will not allow you to update the key policy in the future.");
    }
  }
}
