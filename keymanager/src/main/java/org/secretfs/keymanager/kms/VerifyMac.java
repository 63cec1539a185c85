package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.security.MessageDigest;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;

/** Checks the authentication code of a message; a wrong one is an error. */
final class VerifyMac extends NamedOperation {
  private static final int MOST_MAC_BYTES = 6144;

  VerifyMac() {
    super("VerifyMac", true, "KeyId", "Message", "Mac", "MacAlgorithm", "GrantTokens", "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    byte[] mac = call.params().requiredBlob("Mac", 1, MOST_MAC_BYTES);
    Macs.Made made = Macs.make(call);
    if (!MessageDigest.isEqual(made.mac(), mac)) {
      throw new Refused(KmsErrorCode.INVALID_MAC, "");
    }
    KeyChecks.endDryRun(call.params());
    return call.object()
        .put("KeyId", call.arns().key(made.key().id()))
        .put("MacAlgorithm", made.algorithm())
        .put("MacValid", true);
  }
}
