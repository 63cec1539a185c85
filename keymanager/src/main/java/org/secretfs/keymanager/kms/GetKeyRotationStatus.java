package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Tells whether and when new material is made for a key. */
final class GetKeyRotationStatus extends NamedOperation {
  GetKeyRotationStatus() {
    super("GetKeyRotationStatus", true, "KeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    KeyRecord key = KeyChecks.requireRotatable(call.keyByIdOrArn());
    ObjectNode answer =
        call.object()
            .put("KeyId", call.arns().key(key.id()))
            .put("KeyRotationEnabled", key.rotationDays() != null);
    if (key.rotationDays() != null) {
      answer.put("RotationPeriodInDays", key.rotationDays());
    }
    if (key.nextRotation() != null) {
      answer.put("NextRotationDate", KeyMetadata.seconds(key.nextRotation()));
    }
    return answer;
  }
}
