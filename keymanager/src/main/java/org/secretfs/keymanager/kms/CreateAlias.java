package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;

/** Names a key. */
final class CreateAlias extends NamedOperation {
  CreateAlias() {
    super("CreateAlias", false, "AliasName", "TargetKeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    String name = AliasNames.read(call);
    call.authorizeAlias(name);
    KeyRecord key = AliasNames.target(call);
    if (!call.store().createAlias(name, key.id(), call.now())) {
      throw new Refused(
          KmsErrorCode.ALREADY_EXISTS,
          "An alias with the name %s already exists".formatted(call.arns().alias(name)));
    }
    return call.object();
  }
}
