package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Lists the names of a key's policies, of which there is one. */
final class ListKeyPolicies extends NamedOperation {
  ListKeyPolicies() {
    super("ListKeyPolicies", true, "KeyId", "Limit", "Marker");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    call.keyByIdOrArn();
    ObjectNode answer = call.object().put("Truncated", false);
    answer.putArray("PolicyNames").add(KeyPolicies.NAME);
    return answer;
  }
}
