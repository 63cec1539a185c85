package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.stream.Stream;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeySpec;

/** Makes data key pairs, for the two operations that do. */
final class DataKeyPairs {
  private static final List<String> SPECS =
      Stream.of(KeySpec.values()).filter(KeySpec::isPair).map(Enum::name).toList();

  private DataKeyPairs() {}

  static ObjectNode generate(Call call, boolean withPlaintext) throws Refused, IOException {
    Params params = call.params();
    String spec =
        params.choice("KeyPairSpec", SPECS).orElseThrow(() -> Constraints.missing("keyPairSpec"));
    EncryptionContext context = EncryptionContext.read(params, "EncryptionContext");
    call.audit("encryptionContext", context);
    call.audit("keyPairSpec", spec);
    call.fact("kms:DataKeyPairSpec", spec);
    KeyRecord key = KeyChecks.requireSymmetric(call.key(context), call);
    KeyChecks.requireEnabled(key, call.arns());
    KeyChecks.endDryRun(params);
    try (SecretBuffer pair = KeyPairs.generate(KeySpec.valueOf(spec))) {
      byte[] secret = KeyPairs.privateBytes(pair);
      try {
        ObjectNode answer =
            call.object()
                .put("KeyId", call.arns().key(key.id()))
                .put("KeyPairSpec", spec)
                .put("PublicKey", Base64.getEncoder().encodeToString(KeyPairs.publicBytes(pair)))
                .put("PrivateKeyCiphertextBlob", Envelope.encrypt(call, key, context, secret))
                .put("KeyMaterialId", KeyMetadata.materialId(key.id(), key.currentVersion()));
        if (withPlaintext) {
          answer.put("PrivateKeyPlaintext", Base64.getEncoder().encodeToString(secret));
        }
        return answer;
      } finally {
        Arrays.fill(secret, (byte) 0);
      }
    }
  }
}
