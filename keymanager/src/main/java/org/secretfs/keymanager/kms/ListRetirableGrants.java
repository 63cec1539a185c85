package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.GrantRecord;

/** Lists the grants that a principal may retire. */
final class ListRetirableGrants extends NamedOperation {
  ListRetirableGrants() {
    super("ListRetirableGrants", true, "RetiringPrincipal", "Limit", "Marker");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Page page = Page.read(call.params(), 50, 100);
    String retiring = Grants.principal(call.params(), "RetiringPrincipal", "retiringPrincipal");
    call.authorizeWithoutKey();
    List<GrantRecord> found =
        call.store().grants().retirableAfter(retiring, page.after(), page.wanted());
    return page.answer(
        call.object(), "Grants", found, GrantRecord::id, grant -> Grants.json(call, grant));
  }
}
