package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Map;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Lists the tags of a key. */
final class ListResourceTags extends NamedOperation {
  ListResourceTags() {
    super("ListResourceTags", true, "KeyId", "Limit", "Marker");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Page page = Page.read(call.params(), 50, 50);
    String keyId = call.keyByIdOrArn().id();
    return page.answer(
        call.object(),
        "Tags",
        call.store().tagsAfter(keyId, page.after(), page.wanted()),
        Map.Entry::getKey,
        tag -> call.object().put("TagKey", tag.getKey()).put("TagValue", tag.getValue()));
  }
}
