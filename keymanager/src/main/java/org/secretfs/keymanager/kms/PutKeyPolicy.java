package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Gives a key another policy. */
final class PutKeyPolicy extends NamedOperation {
  PutKeyPolicy() {
    super("PutKeyPolicy", false, "KeyId", "PolicyName", "Policy", "BypassPolicyLockoutSafetyCheck");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    PolicyName.require(call.params());
    boolean bypass = call.params().flag("BypassPolicyLockoutSafetyCheck");
    call.fact("kms:BypassPolicyLockoutSafetyCheck", Boolean.toString(bypass));
    String policy =
        KeyPolicies.read(call.params()).orElseThrow(() -> Constraints.missing("policy"));
    call.audit("policy", policy);
    KeyRecord key = call.keyByIdOrArn();
    KeyPolicies.requireChangeable(call, key.withPolicy(policy));
    Changes.apply(
        call,
        key,
        present -> KeyChecks.requireNotPendingDeletion(present, call.arns()).withPolicy(policy));
    return call.object();
  }
}
