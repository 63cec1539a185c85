package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Removes tags of a key. */
final class UntagResource extends NamedOperation {
  UntagResource() {
    super("UntagResource", false, "KeyId", "TagKeys");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    List<String> tagKeys = call.params().texts("TagKeys");
    call.tagFacts(Map.of(), tagKeys);
    KeyRecord key = KeyChecks.requireNotPendingDeletion(call.keyByIdOrArn(), call.arns());
    call.store().untag(key.id(), tagKeys);
    return call.object();
  }
}
