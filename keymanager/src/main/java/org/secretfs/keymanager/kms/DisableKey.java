package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyState;

/** Stops a key from being used, until it is enabled. */
final class DisableKey extends NamedOperation {
  DisableKey() {
    super("DisableKey", false, "KeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Changes.apply(
        call, key -> KeyChecks.requireMaterial(key, call.arns()).withState(KeyState.Disabled));
    return call.object();
  }
}
