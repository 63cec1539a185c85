package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Rotation of keys, by time and on demand. */
final class RotationScenarios extends Scenarios {
  RotationScenarios(SignedClient client) {
    super(client);
  }

  @Override
  void addAll() {
    rotations();
  }

  private void rotations() {
    for (int days : new int[] {90, 180}) {
      add(
          "test_key_enable_rotation_status[%d]".formatted(days),
          () -> {
            String id = key();
            call(
                "EnableKeyRotation",
                "{\"KeyId\":\"%s\",\"RotationPeriodInDays\":%d}".formatted(id, days));
            return Map.of("match_response", call("GetKeyRotationStatus", keyId(id)));
          });
    }
    add(
        "test_rotate_key_on_demand_modifies_key_material",
        () -> Map.of("rotate-on-demand-response", rotate(key())));
    for (boolean enabled : new boolean[] {false, true}) {
      add(
          "test_rotate_key_on_demand_with_symmetric_key_and_automatic_rotation_"
              + (enabled ? "enabled" : "disabled"),
          () -> {
            String id = key();
            call(enabled ? "EnableKeyRotation" : "DisableKeyRotation", keyId(id));
            return Map.of(
                "rotate-on-demand-response",
                rotate(id),
                "rotation-status-response-after-rotation",
                call("GetKeyRotationStatus", keyId(id)));
          });
    }
    add(
        "test_rotate_key_on_demand_raises_error_given_key_is_disabled",
        () -> {
          String id = key();
          call("DisableKey", keyId(id));
          return Map.of("error-response", rotate(id));
        });
    add(
        "test_rotate_key_on_demand_raises_error_given_key_that_does_not_exist",
        () -> Map.of("error-response", rotate(UUID.randomUUID().toString())));
    add(
        "test_rotate_on_demand_returns_arn_for_key_id",
        () -> Map.of("rotate-on-demand-aws-key", rotate(key())));
    add(
        "test_key_rotations_encryption_decryption",
        () -> {
          String id = key();
          String blob = encrypt(id, "{}").path("CiphertextBlob").textValue();
          rotate(id);
          assertThat(decrypt(blob, "{}").path("Plaintext").textValue()).isEqualTo("c2VjcmV0");
          byte[] spoiled = Base64.getDecoder().decode(blob);
          spoiled[spoiled.length - 1] ^= 1;
          return Map.of(
              "bad-ciphertext", decrypt(Base64.getEncoder().encodeToString(spoiled), "{}"));
        });
    add(
        "test_key_rotations_limits",
        () -> {
          String id = key();
          for (int i = 0; i < 25; i++) {
            assertThat(rotate(id).has("Error")).isFalse();
          }
          return Map.of("error-response", rotate(id));
        });
    add(
        "test_key_rotation_updates_current_key_material_id_for_aws_symmetric_keys",
        () -> {
          String id = key("test-key");
          JsonNode before = described(id);
          rotate(id);
          JsonNode after = described(id);
          assertThat(after.at("/KeyMetadata/CurrentKeyMaterialId"))
              .isNotEqualTo(before.at("/KeyMetadata/CurrentKeyMaterialId"));
          return Map.of(
              "describe-key-before-rotation", before, "describe-key-after-rotation", after);
        });
  }
}
