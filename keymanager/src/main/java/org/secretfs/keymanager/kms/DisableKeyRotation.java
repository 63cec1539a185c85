package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Has no more new material made for a key. */
final class DisableKeyRotation extends NamedOperation {
  DisableKeyRotation() {
    super("DisableKeyRotation", false, "KeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Changes.apply(call, key -> KeyChecks.requireEnabled(key, call.arns()).withRotation(null, null));
    return call.object();
  }
}
