package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.SequencedMap;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Sets tags of a key. */
final class TagResource extends NamedOperation {
  TagResource() {
    super("TagResource", false, "KeyId", "Tags");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    SequencedMap<String, String> tags = Tags.read(call.params(), "Tags");
    call.tagFacts(tags, tags.keySet());
    KeyRecord key = KeyChecks.requireNotPendingDeletion(call.keyByIdOrArn(), call.arns());
    if (!call.store().tag(key.id(), tags, Tags.MOST)) {
      throw Tags.refused("Too many tags");
    }
    return call.object();
  }
}
