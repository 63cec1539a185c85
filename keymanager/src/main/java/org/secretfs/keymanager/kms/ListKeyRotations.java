package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.List;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.RotationRecord;

/** Lists when a key got new material. */
final class ListKeyRotations extends NamedOperation {
  ListKeyRotations() {
    super("ListKeyRotations", true, "KeyId", "Limit", "Marker", "IncludeKeyMaterial");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Page page = Page.read(call.params(), 100, 1000);
    boolean all =
        call.params()
            .choice("IncludeKeyMaterial", List.of("ALL_KEY_MATERIAL", "ROTATIONS_ONLY"))
            .orElse("ROTATIONS_ONLY")
            .equals("ALL_KEY_MATERIAL");
    KeyRecord key = call.keyByIdOrArn();
    List<RotationRecord> rotations =
        call.store().materials(key.id()).stream()
            .filter(rotation -> all || rotation.version() > 1)
            .filter(rotation -> name(rotation).compareTo(page.after()) > 0)
            .limit(page.wanted())
            .toList();
    return page.answer(
        call.object(),
        "Rotations",
        rotations,
        ListKeyRotations::name,
        rotation -> json(call, key, rotation));
  }

  private static String name(RotationRecord rotation) {
    return "%010d".formatted(rotation.version());
  }

  private static ObjectNode json(Call call, KeyRecord key, RotationRecord rotation) {
    boolean current = rotation.version() == key.currentVersion();
    ObjectNode json =
        call.object()
            .put("KeyId", call.arns().key(key.id()))
            .put("KeyMaterialId", KeyMetadata.materialId(key.id(), rotation.version()))
            .put("KeyMaterialState", current ? "CURRENT" : "NON_CURRENT");
    if (rotation.version() > 1) {
      json.put("RotationDate", KeyMetadata.seconds(rotation.created()))
          .put("RotationType", rotation.onDemand() ? "ON_DEMAND" : "AUTOMATIC");
    }
    return json;
  }
}
