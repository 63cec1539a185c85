package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Checks a signature; a wrong one is an error. */
final class Verify extends NamedOperation {
  private static final int MOST_SIGNATURE_BYTES = 6144;

  Verify() {
    super(
        "Verify",
        true,
        "KeyId",
        "Message",
        "MessageType",
        "Signature",
        "SigningAlgorithm",
        "GrantTokens",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    byte[] signature = call.params().requiredBlob("Signature", 1, MOST_SIGNATURE_BYTES);
    Signatures.Asked asked = Signatures.read(call);
    Signatures.verify(call, asked, signature);
    KeyChecks.endDryRun(call.params());
    return call.object()
        .put("KeyId", call.arns().key(asked.key().id()))
        .put("SignatureValid", true)
        .put("SigningAlgorithm", asked.algorithm().name());
  }
}
