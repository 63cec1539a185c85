package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.store.KeyRecord;

/** Puts material from outside into a key; once it had some, it takes no other. */
final class ImportKeyMaterial extends NamedOperation {
  private static final int MOST_BYTES = 6144;
  private static final Duration LONGEST = Duration.ofDays(365);
  private static final String EXPIRES = "KEY_MATERIAL_EXPIRES";
  private static final List<String> MODELS = List.of(EXPIRES, "KEY_MATERIAL_DOES_NOT_EXPIRE");

  ImportKeyMaterial() {
    super(
        "ImportKeyMaterial",
        false,
        "KeyId",
        "ImportToken",
        "EncryptedKeyMaterial",
        "ValidTo",
        "ExpirationModel");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Params params = call.params();
    byte[] token = params.requiredBlob("ImportToken", 1, MOST_BYTES);
    byte[] wrapped = params.requiredBlob("EncryptedKeyMaterial", 1, MOST_BYTES);
    Instant validTo = validTo(call);
    KeyRecord key = KeyChecks.requireOrigin(call.keyByIdOrArn(), true, call.arns());
    KeyChecks.requireNotPendingDeletion(key, call.arns());
    try (SecretBuffer material =
        call.importWrapping().unwrap(key.id(), token, wrapped, call.now())) {
      if (!call.store().importMaterial(key.id(), material, call.now(), validTo)) {
        KeyChecks.requireNotPendingDeletion(
            call.store().find(key.id()).orElseThrow(() -> Changes.gone(call, key)), call.arns());
        throw new Refused(
            KmsErrorCode.INCORRECT_KEY_MATERIAL,
            "The key material in the request is not that which was imported into this key before.");
      }
    }
    return call.object()
        .put("KeyId", call.arns().key(key.id()))
        .put("KeyMaterialId", KeyMetadata.materialId(key.id(), key.currentVersion()));
  }

  private static @Nullable Instant validTo(Call call) throws Refused {
    String model = call.params().choice("ExpirationModel", MODELS).orElse(EXPIRES);
    Optional<Instant> validTo = call.params().time("ValidTo");
    call.audit("expirationModel", model);
    call.fact("kms:ExpirationModel", model);
    if (!model.equals(EXPIRES)) {
      if (validTo.isPresent()) {
        throw Constraints.invalid(
            "A validTo date must not be set if the ExpirationModel is " + model);
      }
      return null;
    }
    Instant until =
        validTo.orElseThrow(() ->
            Constraints.invalid(
                "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES"));
    if (!until.isAfter(call.now()) || until.isAfter(call.now().plus(LONGEST))) {
      throw Constraints.invalid("ValidTo must be in the future, and within 365 days.");
    }
    call.audit("validTo", until.toString());
    call.fact("kms:ValidTo", until.toString());
    return until;
  }
}
