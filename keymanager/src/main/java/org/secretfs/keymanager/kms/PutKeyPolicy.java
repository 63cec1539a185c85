package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Gives a key another policy. */
final class PutKeyPolicy extends NamedOperation {
  PutKeyPolicy() {
    super("PutKeyPolicy", false, "KeyId", "PolicyName", "Policy", "BypassPolicyLockoutSafetyCheck");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    PolicyName.require(call.params());
    call.params().flag("BypassPolicyLockoutSafetyCheck");
    String policy =
        KeyPolicies.read(call.params()).orElseThrow(() -> Constraints.missing("policy"));
    call.audit("policy", policy);
    Changes.apply(
        call, key -> KeyChecks.requireNotPendingDeletion(key, call.arns()).withPolicy(policy));
    return call.object();
  }
}
