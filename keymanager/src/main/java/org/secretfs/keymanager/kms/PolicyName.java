package org.secretfs.keymanager.kms;

import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** The name of a key policy, of which there is one. */
final class PolicyName {
  private PolicyName() {}

  static void require(Params params) throws Refused {
    String name = params.text("PolicyName", 1, 128).orElse(KeyPolicies.NAME);
    if (!name.equals(KeyPolicies.NAME)) {
      throw KeyFinder.notFound("No such policy exists");
    }
  }
}
