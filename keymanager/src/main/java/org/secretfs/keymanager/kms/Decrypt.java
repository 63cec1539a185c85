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
    EncryptionContext context = EncryptionContext.read(params, "EncryptionContext");
    String algorithm = Envelope.onlyAlgorithm(call);
    call.audit("encryptionContext", context);
    params.keyId("KeyId").ifPresent(name -> call.audit("keyId", name));
    Ciphertext ciphertext = Ciphertext.read(call, algorithm, "KeyId");
    KeyRecord key = call.authorized(ciphertext.key(), context);
    Envelope.requireSame(call, "KeyId", key);
    Envelope.requireFitting(call, key, algorithm, context);
    KeyChecks.requireEnabled(key, call.arns());
    byte[] plaintext = ciphertext.decrypt(call, context);
    try {
      KeyChecks.endDryRun(params);
      ObjectNode answer =
          call.object()
              .put("KeyId", call.arns().key(key.id()))
              .put("Plaintext", Base64.getEncoder().encodeToString(plaintext))
              .put("EncryptionAlgorithm", algorithm);
      ciphertext.materialId().ifPresent(id -> answer.put("KeyMaterialId", id));
      return answer;
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
  }
}
