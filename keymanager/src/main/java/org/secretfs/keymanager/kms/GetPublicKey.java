package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Base64;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Gives the public half of a pair. */
final class GetPublicKey extends NamedOperation {
  GetPublicKey() {
    super("GetPublicKey", true, "KeyId", "GrantTokens");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    KeyRecord key = call.key();
    if (!key.type().spec().isPair()) {
      throw Unsupported.unsupported("");
    }
    KeyChecks.requireEnabled(key, call.arns());
    byte[] publicKey = call.withMaterial(key, KeyPairs::publicBytes);
    ObjectNode answer =
        call.object()
            .put("KeyId", call.arns().key(key.id()))
            .put("PublicKey", Base64.getEncoder().encodeToString(publicKey))
            .put("CustomerMasterKeySpec", key.type().spec().name())
            .put("KeySpec", key.type().spec().name())
            .put("KeyUsage", key.type().usage().name());
    ArrayNode algorithms = answer.putArray(Algorithms.memberOf(key.type().usage()));
    Algorithms.of(key.type()).forEach(algorithms::add);
    return answer;
  }
}
