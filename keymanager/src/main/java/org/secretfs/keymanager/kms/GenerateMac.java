package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Makes the authentication code of a message. */
final class GenerateMac extends NamedOperation {
  GenerateMac() {
    super("GenerateMac", true, "KeyId", "Message", "MacAlgorithm", "GrantTokens", "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Macs.Made made = Macs.make(call);
    KeyChecks.endDryRun(call.params());
    return call.object()
        .put("KeyId", call.arns().key(made.key().id()))
        .put("Mac", Base64.getEncoder().encodeToString(made.mac()))
        .put("MacAlgorithm", made.algorithm());
  }
}
