package org.secretfs.keymanager.kms;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyState;
import org.secretfs.keymanager.store.KeyType;
import org.secretfs.keymanager.store.LengthPrefixed;

/** How the API tells about a key. */
final class KeyMetadata {
  static final String SYMMETRIC_DEFAULT = "SYMMETRIC_DEFAULT";

  private KeyMetadata() {}

  static ObjectNode of(KeyRecord key, Arns arns) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("AWSAccountId", arns.accountId());
    json.put("Arn", arns.key(key.id()));
    json.put("CreationDate", seconds(key.created()));
    KeyType type = key.type();
    if (type.isSymmetric() && (key.imported() == null || key.imported().known())) {
      json.put("CurrentKeyMaterialId", materialId(key.id(), key.currentVersion()));
    }
    json.put("CustomerMasterKeySpec", type.spec().name());
    if (key.deletion() != null) {
      json.put("DeletionDate", seconds(key.deletion()));
    }
    json.put("Description", key.description());
    json.put("Enabled", key.state() == KeyState.Enabled);
    ArrayNode algorithms = json.putArray(Algorithms.memberOf(type.usage()));
    Algorithms.of(type).forEach(algorithms::add);
    json.put("KeyId", key.id());
    json.put("KeyManager", "CUSTOMER");
    json.put("KeySpec", type.spec().name());
    json.put("KeyState", key.state().name());
    json.put("KeyUsage", type.usage().name());
    json.put("MultiRegion", false);
    json.put("Origin", origin(key));
    if (key.imported() != null && key.imported().present()) {
      putExpiry(json, key.imported().validTo());
    }
    return json;
  }

  private static void putExpiry(ObjectNode json, @Nullable Instant validTo) {
    json.put(
        "ExpirationModel",
        validTo == null ? "KEY_MATERIAL_DOES_NOT_EXPIRE" : "KEY_MATERIAL_EXPIRES");
    if (validTo != null) {
      json.put("ValidTo", seconds(validTo));
    }
  }

  /** Where the material of a key comes from. */
  static String origin(KeyRecord key) {
    return key.imported() == null ? "AWS_KMS" : "EXTERNAL";
  }

  /** Seconds since 1970 with three decimals. */
  static BigDecimal seconds(Instant instant) {
    return BigDecimal.valueOf(instant.toEpochMilli(), 3);
  }

  /** The public name of key material: 64 hexadecimal digits that tell nothing about it. */
  static String materialId(String keyId, int version) {
    byte[] name =
        new LengthPrefixed("secretfs key material id").text(keyId).number(version).toBytes();
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(name));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every JDK has SHA-256", e);
    }
  }
}
