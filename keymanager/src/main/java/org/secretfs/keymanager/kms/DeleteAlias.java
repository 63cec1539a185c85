package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

/** Removes a name; the key stays. */
final class DeleteAlias extends NamedOperation {
  DeleteAlias() {
    super("DeleteAlias", false, "AliasName");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    String name = AliasNames.read(call);
    call.authorizeAlias(name);
    String keyId = call.store().keyOfAlias(name).orElseThrow(() -> AliasNames.notFound(call, name));
    call.authorized(call.find(keyId), EncryptionContext.none());
    if (!call.store().deleteAlias(name)) {
      throw AliasNames.notFound(call, name);
    }
    return call.object();
  }
}
