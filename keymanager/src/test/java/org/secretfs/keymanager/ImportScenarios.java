package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Map;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Keys whose material its owner brings. */
final class ImportScenarios extends Scenarios {
  ImportScenarios(SignedClient client) {
    super(client);
  }

  @Override
  void addAll() {
    imports();
  }

  private JsonNode external() throws IOException {
    return call("CreateKey", "{\"Origin\":\"EXTERNAL\",\"Description\":\"test-key\"}")
        .path("KeyMetadata");
  }

  private JsonNode encrypted(String id) throws IOException {
    return call("Encrypt", "{\"KeyId\":\"%s\",\"Plaintext\":\"YWJj\"}".formatted(id));
  }

  private JsonNode parametersFor(String id) throws IOException {
    return call(
        "GetParametersForImport",
        "{\"KeyId\":\"%s\",\"WrappingAlgorithm\":\"RSAES_OAEP_SHA_256\",\"WrappingKeySpec\":\"RSA_2048\"}"
            .formatted(id));
  }

  private void imported(String id) throws IOException {
    String forever = "\"ExpirationModel\":\"KEY_MATERIAL_DOES_NOT_EXPIRE\"";
    String request = importRequest(id, forever);
    assertThat(call("ImportKeyMaterial", request).has("Error")).isFalse();
  }

  private String importRequest(String id, String more) throws IOException {
    try {
      return Importing.request(client(), id, new byte[32], "RSAES_OAEP_SHA_256", more);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private void imports() {
    add(
        "test_import_key_symmetric",
        () -> {
          JsonNode created = external();
          String id = created.path("KeyId").textValue();
          JsonNode before = encrypted(id);
          JsonNode describedBefore = described(id);
          JsonNode withoutEnd =
              call(
                  "ImportKeyMaterial",
                  importRequest(id, "\"ExpirationModel\":\"KEY_MATERIAL_EXPIRES\""));
          imported(id);
          JsonNode describedAfter = described(id);
          call("DeleteImportedKeyMaterial", keyId(id));
          return Map.of(
              "created-key",
              created,
              "encrypt-before-import-error",
              before,
              "describe-key-before-import",
              describedBefore,
              "import-expiring-key-without-valid-to",
              withoutEnd,
              "describe-key-after-import",
              describedAfter,
              "describe-key-after-deleted-import",
              described(id),
              "encrypt-after-delete-error",
              encrypted(id));
        });
    add("test_get_parameters_for_import", () -> Map.of("response-error", parametersFor(key())));
    add(
        "test_get_parameters_for_import_raises_for_non_external_kms_keys",
        () -> Map.of("get-import-parameters-error", parametersFor(key())));
    add(
        "test_rotate_key_on_demand_on_external_key_with_no_key_material[SYMMETRIC_DEFAULT]",
        () -> {
          JsonNode created = external();
          return Map.of(
              "create-kms-external-key",
              created,
              "rotate-key-on-demand-error-response-SYMMETRIC_DEFAULT",
              rotate(created.path("KeyId").textValue()));
        });
    add(
        "test_rotate_key_on_demand_raises_error_given_key_with_imported_key_material",
        () -> {
          String id = external().path("KeyId").textValue();
          imported(id);
          return Map.of("error-response", rotate(id));
        });
  }
}
