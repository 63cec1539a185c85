package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Encrypts up to 4096 bytes under a key. */
final class Encrypt extends NamedOperation {
  Encrypt() {
    super(
        "Encrypt",
        true,
        "KeyId",
        "Plaintext",
        "EncryptionContext",
        "GrantTokens",
        "EncryptionAlgorithm",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Params params = call.params();
    byte[] plaintext = params.requiredBlob("Plaintext", 1, Envelope.MOST_PLAINTEXT_BYTES);
    try {
      EncryptionContext context = EncryptionContext.read(params, "EncryptionContext");
      String algorithm = Envelope.onlyAlgorithm(call);
      call.audit("encryptionContext", context);
      KeyRecord key = Envelope.requireFitting(call, call.key(context), algorithm, context);
      KeyChecks.requireEnabled(key, call.arns());
      KeyChecks.endDryRun(params);
      return call.object()
          .put("CiphertextBlob", Envelope.encrypt(call, key, algorithm, context, plaintext))
          .put("KeyId", call.arns().key(key.id()))
          .put("EncryptionAlgorithm", algorithm);
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
  }
}
