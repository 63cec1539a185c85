package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Returns the policy of a key. */
final class GetKeyPolicy extends NamedOperation {
  GetKeyPolicy() {
    super("GetKeyPolicy", true, "KeyId", "PolicyName");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    PolicyName.require(call.params());
    return call.object()
        .put("Policy", call.keyByIdOrArn().policy())
        .put("PolicyName", KeyPolicies.NAME);
  }
}
