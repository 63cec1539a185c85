package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyState;

/** Keeps a key that was to be deleted; it stays disabled. */
final class CancelKeyDeletion extends NamedOperation {
  CancelKeyDeletion() {
    super("CancelKeyDeletion", false, "KeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    KeyRecord key = Changes.apply(call, present -> cancelled(call, present));
    return call.object().put("KeyId", call.arns().key(key.id()));
  }

  private static KeyRecord cancelled(Call call, KeyRecord key) throws Refused {
    if (key.state() != KeyState.PendingDeletion) {
      throw new Refused(
          KmsErrorCode.INVALID_STATE,
          "%s is not pending deletion.".formatted(call.arns().key(key.id())));
    }
    return key.withState(KeyState.Disabled);
  }
}
