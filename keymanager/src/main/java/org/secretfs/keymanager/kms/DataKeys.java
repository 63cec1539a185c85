package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.OptionalInt;
import org.secretfs.crypto.memory.KernelRandom;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Makes data keys, for the two operations that do. */
final class DataKeys {
  private static final List<String> SPECS = List.of("AES_256", "AES_128");

  private DataKeys() {}

  static ObjectNode generate(Call call, boolean withPlaintext) throws Refused, IOException {
    Params params = call.params();
    int bytes = length(call);
    EncryptionContext context = EncryptionContext.read(params, "EncryptionContext");
    call.audit("encryptionContext", context);
    KeyRecord key = KeyChecks.requireSymmetric(call.key(context), call);
    KeyChecks.requireEnabled(key, call.arns());
    KeyChecks.endDryRun(params);
    byte[] plaintext = KernelRandom.bytes(bytes);
    try {
      ObjectNode answer =
          call.object().put("CiphertextBlob", Envelope.encrypt(call, key, context, plaintext));
      if (withPlaintext) {
        answer.put("Plaintext", Base64.getEncoder().encodeToString(plaintext));
      }
      return answer
          .put("KeyId", call.arns().key(key.id()))
          .put("KeyMaterialId", KeyMetadata.materialId(key.id(), key.currentVersion()));
    } finally {
      Arrays.fill(plaintext, (byte) 0);
    }
  }

  private static int length(Call call) throws Refused {
    OptionalInt bytes = call.params().number("NumberOfBytes", 1, 1024);
    var spec = call.params().choice("KeySpec", SPECS);
    if (bytes.isPresent() == spec.isPresent()) {
      throw Constraints.invalid("Please specify either number of bytes or key spec.");
    }
    bytes.ifPresent(value -> call.audit("numberOfBytes", value));
    spec.ifPresent(value -> call.audit("keySpec", value));
    return bytes.orElseGet(() -> spec.get().equals("AES_256") ? 32 : 16);
  }
}
