package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.RotationRecord;

/** Makes new material for a key now; what was encrypted before keeps decrypting. */
final class RotateKeyOnDemand extends NamedOperation {
  RotateKeyOnDemand() {
    super("RotateKeyOnDemand", false, "KeyId");
  }

  private static final int MOST_ON_DEMAND = 25;

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    KeyRecord key =
        KeyChecks.requireMaterial(KeyChecks.requireRotatable(call.keyByIdOrArn()), call.arns());
    KeyChecks.requireOrigin(key, false, call.arns());
    long before =
        call.store().materials(key.id()).stream().filter(RotationRecord::onDemand).count();
    if (before >= MOST_ON_DEMAND) {
      throw new Refused(
          KmsErrorCode.LIMIT_EXCEEDED,
          "The on-demand rotations limit has been reached for the given keyId. No more on-demand"
              + " rotations can be performed for this key: "
              + call.arns().key(key.id()));
    }
    KeyRecord rotated =
        call.store()
            .rotate(
                key.id(),
                call.now(),
                true,
                present -> KeyChecks.requireEnabled(present, call.arns()))
            .orElseThrow(() -> Changes.gone(call, key));
    return call.object().put("KeyId", call.arns().key(rotated.id()));
  }
}
