package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Signs a message or its digest. */
final class Sign extends NamedOperation {
  Sign() {
    super(
        "Sign",
        true,
        "KeyId",
        "Message",
        "MessageType",
        "SigningAlgorithm",
        "GrantTokens",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Signatures.Asked asked = Signatures.read(call);
    KeyChecks.endDryRun(call.params());
    return call.object()
        .put("KeyId", call.arns().key(asked.key().id()))
        .put("Signature", Base64.getEncoder().encodeToString(Signatures.sign(call, asked)))
        .put("SigningAlgorithm", asked.algorithm().name());
  }
}
