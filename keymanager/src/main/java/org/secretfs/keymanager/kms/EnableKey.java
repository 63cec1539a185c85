package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyState;

/** Lets a key be used again. */
final class EnableKey extends NamedOperation {
  EnableKey() {
    super("EnableKey", false, "KeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Changes.apply(
        call, key -> KeyChecks.requireMaterial(key, call.arns()).withState(KeyState.Enabled));
    return call.object();
  }
}
