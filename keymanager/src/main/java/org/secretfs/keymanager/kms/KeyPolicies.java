package org.secretfs.keymanager.kms;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** Key policies: kept and given back; see {@link Authorizer} for what decides. */
final class KeyPolicies {
  /** The only name that a key policy has. */
  static final String NAME = "default";

  private static final int MOST_BYTES = 32 << 10;

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
    byte[] bytes = policy.getBytes(StandardCharsets.UTF_8);
    if (bytes.length > MOST_BYTES) {
      throw new Refused(
          KmsErrorCode.LIMIT_EXCEEDED,
          "Policy of %d bytes exceeds %d bytes.".formatted(bytes.length, MOST_BYTES));
    }
    try {
      if (RequestJson.parse(bytes).path("Statement").isContainerNode()) {
        return;
      }
    } catch (Refused e) {
      throw malformed();
    }
    throw malformed();
  }

  private static Refused malformed() {
    return new Refused(
        KmsErrorCode.MALFORMED_POLICY, "Policy must be a JSON object with a Statement.");
  }
}
