package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.GrantRecord;

/** Lists the grants of a key. */
final class ListGrants extends NamedOperation {
  ListGrants() {
    super("ListGrants", true, "KeyId", "GrantId", "GranteePrincipal", "Limit", "Marker");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Page page = Page.read(call.params(), 50, 100);
    Optional<String> id = call.params().text("GrantId", 1, 128);
    Optional<String> grantee = call.params().text("GranteePrincipal", 1, 256);
    List<GrantRecord> found =
        call.store().grants().ofKey(call.keyByIdOrArn().id()).stream()
            .filter(grant -> id.isEmpty() || grant.id().equals(id.get()))
            .filter(grant -> grantee.isEmpty() || grant.grantee().equals(grantee.get()))
            .filter(grant -> grant.id().compareTo(page.after()) > 0)
            .limit(page.wanted())
            .toList();
    return page.answer(
        call.object(), "Grants", found, GrantRecord::id, grant -> Grants.json(call, grant));
  }
}
