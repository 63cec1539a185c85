package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.AliasRecord;

/** Lists the aliases of one key or of all. */
final class ListAliases extends NamedOperation {
  ListAliases() {
    super("ListAliases", true, "KeyId", "Limit", "Marker");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Page page = Page.read(call.params(), 50, 100);
    String keyId = null;
    if (call.params().has("KeyId")) {
      keyId = call.keyByIdOrArn().id();
    } else {
      call.authorizeWithoutKey();
    }
    List<AliasRecord> found = call.store().aliasesAfter(keyId, page.after(), page.wanted());
    return page.answer(
        call.object(), "Aliases", found, AliasRecord::name, alias -> json(call, alias));
  }

  private static ObjectNode json(Call call, AliasRecord alias) {
    return call.object()
        .put("AliasName", alias.name())
        .put("AliasArn", call.arns().alias(alias.name()))
        .put("TargetKeyId", alias.keyId())
        .put("CreationDate", KeyMetadata.seconds(alias.created()))
        .put("LastUpdatedDate", KeyMetadata.seconds(alias.updated()));
  }
}
