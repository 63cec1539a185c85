package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.GrantRecord;
import org.secretfs.keymanager.store.KeyRecord;

/** Ends a grant at once, as an administrator of the key. */
final class RevokeGrant extends NamedOperation {
  RevokeGrant() {
    super("RevokeGrant", false, "KeyId", "GrantId", "DryRun");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    String grantId = call.params().requiredText("GrantId", 1, 128);
    call.audit("grantId", grantId);
    KeyRecord key = call.keyByIdOrArn();
    GrantRecord grant = Grants.find(call, key, grantId);
    KeyChecks.endDryRun(call.params());
    if (!call.store().grants().remove(key.id(), grant.id())) {
      throw Grants.notFound(grantId);
    }
    return call.object();
  }
}
