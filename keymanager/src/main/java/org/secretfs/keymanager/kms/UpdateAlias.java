package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Lets a name mean another key. */
final class UpdateAlias extends NamedOperation {
  UpdateAlias() {
    super("UpdateAlias", false, "AliasName", "TargetKeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    String name = AliasNames.read(call);
    call.authorizeAlias(name);
    KeyRecord key = AliasNames.target(call);
    String present =
        call.store().keyOfAlias(name).orElseThrow(() -> AliasNames.notFound(call, name));
    call.authorized(call.find(present), EncryptionContext.none());
    if (!call.store().updateAlias(name, key.id(), call.now())) {
      throw AliasNames.notFound(call, name);
    }
    return call.object();
  }
}
