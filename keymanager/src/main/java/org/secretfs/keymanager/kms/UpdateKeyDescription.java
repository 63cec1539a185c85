package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Describes a key in other words. */
final class UpdateKeyDescription extends NamedOperation {
  UpdateKeyDescription() {
    super("UpdateKeyDescription", false, "KeyId", "Description");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    String description = call.params().requiredText("Description", 0, 8192);
    call.audit("description", description);
    Changes.apply(
        call,
        key -> KeyChecks.requireNotPendingDeletion(key, call.arns()).withDescription(description));
    return call.object();
  }
}
