package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Lists the ids of all keys. */
final class ListKeys extends NamedOperation {
  ListKeys() {
    super("ListKeys", true, "Limit", "Marker");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Page page = Page.read(call.params(), 100, 1000);
    call.authorizeWithoutKey();
    List<String> ids = call.store().keyIdsAfter(page.after(), page.wanted());
    return page.answer(
        call.object(),
        "Keys",
        ids,
        id -> id,
        id -> call.object().put("KeyId", id).put("KeyArn", call.arns().key(id)));
  }
}
