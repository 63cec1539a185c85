package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.SequencedMap;
import java.util.UUID;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeySpec;
import org.secretfs.keymanager.store.KeyType;

/** Makes a key. */
final class CreateKey extends NamedOperation {
  CreateKey() {
    super(
        "CreateKey",
        false,
        "Policy",
        "Description",
        "KeyUsage",
        "CustomerMasterKeySpec",
        "KeySpec",
        "Origin",
        "CustomKeyStoreId",
        "BypassPolicyLockoutSafetyCheck",
        "Tags",
        "MultiRegion",
        "XksKeyId");
  }

  @Override
  public ObjectNode run(Call call) throws Refused, IOException {
    Params params = call.params();
    String description = params.text("Description", 0, 8192).orElse("");
    call.audit("description", description);
    KeyType type = KeyKind.type(params);
    boolean external = KeyKind.isExternal(params, type);
    boolean bypass = params.flag("BypassPolicyLockoutSafetyCheck");
    SequencedMap<String, String> tags = Tags.read(params, "Tags");
    String policy = KeyPolicies.read(params).orElseGet(() -> KeyPolicies.byDefault(call.arns()));
    call.tagFacts(tags, tags.keySet());
    Access.kindFacts(type, external ? "EXTERNAL" : "AWS_KMS").forEach(call::fact);
    call.fact("kms:BypassPolicyLockoutSafetyCheck", Boolean.toString(bypass));
    call.authorizeWithoutKey();
    if (!tags.isEmpty()) {
      call.authorizeWithoutKey("TagResource");
    }
    KeyRecord made =
        KeyRecord.enabled(UUID.randomUUID().toString(), description, policy, call.now())
            .withType(type);
    KeyRecord key = external ? made.withImport() : made;
    KeyPolicies.requireChangeable(call, key);
    try (SecretBuffer material = material(type.spec())) {
      call.store().createKey(key, tags, material);
    }
    call.touched(key.id());
    ObjectNode answer = call.object().set("KeyMetadata", KeyMetadata.of(key, call.arns()));
    call.auditResponse(answer);
    return answer;
  }

  private static SecretBuffer material(KeySpec spec) {
    return spec.isPair() ? KeyPairs.generate(spec) : SecretBuffer.random(spec.bits() / 8);
  }
}
