package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Decrypts what Encrypt or GenerateDataKey returned. */
final class Decrypt extends NamedOperation {
  Decrypt() {
    super(
        "Decrypt",
        true,
        "CiphertextBlob",
        "EncryptionContext",
        "GrantTokens",
        "KeyId",
        "EncryptionAlgorithm",
        "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Params params = call.params();
    byte[] bytes = params.requiredBlob("CiphertextBlob", 1, CiphertextBlob.MOST_BYTES);
    EncryptionContext context = EncryptionContext.read(params, "EncryptionContext");
    String algorithm = Envelope.onlyAlgorithm(call);
    call.audit("encryptionContext", context);
    params.keyId("KeyId").ifPresent(name -> call.audit("keyId", name));
    CiphertextBlob blob = Envelope.parse(bytes);
    KeyRecord key = call.authorized(Envelope.keyOf(call, blob), context);
    Envelope.requireSame(call, "KeyId", key);
    KeyChecks.requireEnabled(key, call.arns());
    byte[] plaintext = Envelope.decrypt(call, blob, context);
    try {
      KeyChecks.endDryRun(params);
      return call.object()
          .put("KeyId", call.arns().key(key.id()))
          .put("Plaintext", Base64.getEncoder().encodeToString(plaintext))
          .put("EncryptionAlgorithm", algorithm)
          .put("KeyMaterialId", KeyMetadata.materialId(key.id(), blob.materialVersion()));
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
  }
}
