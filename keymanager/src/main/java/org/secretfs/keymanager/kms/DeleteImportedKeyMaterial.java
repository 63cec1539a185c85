package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;

/** Deletes the material of a key that got it from outside; it can be imported again. */
final class DeleteImportedKeyMaterial extends NamedOperation {
  DeleteImportedKeyMaterial() {
    super("DeleteImportedKeyMaterial", false, "KeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    KeyRecord key = KeyChecks.requireOrigin(call.keyByIdOrArn(), true, call.arns());
    KeyChecks.requireNotPendingDeletion(key, call.arns());
    call.store().deleteImportedMaterial(key.id());
    return call.object()
        .put("KeyId", call.arns().key(key.id()))
        .put("KeyMaterialId", KeyMetadata.materialId(key.id(), key.currentVersion()));
  }
}
