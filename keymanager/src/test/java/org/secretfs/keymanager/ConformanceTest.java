package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.keymanager.sigv4.SignedClient;

/**
 * What AWS answered, as others recorded it, against what this server answers: the same errors with
 * the same messages, the same members with the same values.
 *
 * <p>The recording has {@link #RECORDED} scenarios. {@link #APPLICABLE} of them concern operations
 * and kinds of keys that exist here and are played in full; the others need RSA, ECC or HMAC keys,
 * several imported materials or replicas, which do not exist here yet.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ConformanceTest {
  private static final int RECORDED = 114;
  private static final int APPLICABLE = 51;

  private final Map<String, Scenario> scenarios = new LinkedHashMap<>();
  private TestServer server;
  private SignedClient client;
  private JsonNode recorded;

  /** Plays exchanges and names their answers as the recording does. */
  @FunctionalInterface
  private interface Scenario {
    Map<String, JsonNode> play() throws IOException;
  }

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    recorded =
        new ObjectMapper().readTree(SharedData.find("aws-kms-recorded-responses.json").toFile());
    KeyManagerConfig plain = KeyManagerConfig.below(directory);
    KeyManagerConfig config =
        new KeyManagerConfig(
            "127.0.0.1",
            0,
            false,
            plain.stateDirectory(),
            plain.rootKeyFile(),
            plain.auditDirectory(),
            "111111111111",
            "us-east-1");
    server = TestServer.start(config, Clock.systemUTC());
    client = new SignedClient(server.uri(), server.accessKeyId(), server.secretAccessKey());
    random();
    keys();
    ciphertexts();
    tags();
    rotations();
    imports();
  }

  @AfterAll
  void stop() {
    if (client != null) {
      client.close();
      server.close();
    }
  }

  private JsonNode call(String operation, String json) throws IOException {
    SignedClient.Answer answer = client.call(operation, json);
    if (answer.status() == 200) {
      return answer.json();
    }
    ObjectNode error = new ObjectMapper().createObjectNode();
    error.put("Code", answer.type()).put("Message", answer.json().path("message").asText(""));
    ObjectNode all = new ObjectMapper().createObjectNode();
    all.set("Error", error);
    all.putObject("ResponseMetadata").put("HTTPStatusCode", answer.status());
    return all;
  }

  private String key() throws IOException {
    return key("");
  }

  private String key(String description) throws IOException {
    return call("CreateKey", "{\"Description\":\"%s\"}".formatted(description))
        .at("/KeyMetadata/KeyId")
        .textValue();
  }

  private static String arn(String keyId) {
    return "arn:aws:kms:us-east-1:111111111111:key/" + keyId;
  }

  private static String keyId(String id) {
    return "{\"KeyId\":\"%s\"}".formatted(id);
  }

  private void random() {
    scenarios.put(
        "test_generate_random_invalid_number_of_bytes[None]",
        () -> Map.of("generate-random-exc", call("GenerateRandom", "{}")));
    for (int wrong : new int[] {0, 1025}) {
      scenarios.put(
          "test_generate_random_invalid_number_of_bytes[%d]".formatted(wrong),
          () -> Map.of("generate-random-exc", call("GenerateRandom", bytes(wrong))));
    }
    for (int good : new int[] {1, 12, 44, 91, 1024}) {
      scenarios.put(
          "test_generate_random[%d]".formatted(good),
          () -> {
            JsonNode answer = call("GenerateRandom", bytes(good));
            byte[] got = Base64.getDecoder().decode(answer.path("Plaintext").textValue());
            return Map.of("result_length", IntNode.valueOf(got.length));
          });
    }
  }

  private static String bytes(int count) {
    return "{\"NumberOfBytes\":%d}".formatted(count);
  }

  private JsonNode described(String name) throws IOException {
    return call("DescribeKey", keyId(name));
  }

  private void keys() {
    scenarios.put(
        "test_create_key",
        () -> Map.of("describe-key", described(key("test key 123")).path("KeyMetadata")));
    scenarios.put(
        "test_non_multi_region_keys_should_not_have_multi_region_properties",
        () ->
            Map.of(
                "non_multi_region_keys_should_not_have_multi_region_properties",
                described(key("test non multi region key")).path("KeyMetadata")));
    scenarios.put(
        "test_get_key_in_different_region",
        () -> {
          String id = key("test key 123");
          return Map.of(
              "describe-key-diff-region-with-id",
              described(UUID.randomUUID().toString()),
              "describe-key-diff-region-with-arn",
              described("arn:aws:kms:eu-west-1:111111111111:key/" + id),
              "describe-key-same-specific-region-with-id",
              described(id),
              "describe-key-same-specific-region-with-arn",
              described(arn(id)));
        });
    scenarios.put(
        "test_get_key_does_not_exist",
        () -> {
          String id = UUID.randomUUID().toString();
          return Map.of(
              "describe-nonexistent-key-with-id",
              described(id),
              "describe-nonexistent-with-arn",
              described(arn(id)),
              "describe-key-with-valid-id-mrk",
              described("mrk-" + id.replace("-", "")));
        });
    scenarios.put(
        "test_get_key_invalid_uuid",
        () ->
            Map.of(
                "describe-key-with-invalid-uuid",
                described("fake-key-id"),
                "describe-key-with-invalid-uuid-2",
                described("134f2428cec14b25a1ae9048164dba47"),
                "describe-key-with-invalid-uuid-mrk",
                described("mrk-fake-key-id")));
    scenarios.put(
        "test_create_alias",
        () ->
            Map.of(
                "create_alias",
                call(
                    "CreateAlias",
                    "{\"AliasName\":\"wrong\",\"TargetKeyId\":\"%s\"}".formatted(key()))));
    scenarios.put(
        "test_hmac_create_key_invalid_operations",
        () ->
            Map.of(
                "create-hmac-key-without-key-usage",
                call("CreateKey", "{\"KeySpec\":\"HMAC_256\"}"),
                "create-hmac-key-invalid-spec",
                call(
                    "CreateKey",
                    "{\"KeySpec\":\"HMAC_random\",\"KeyUsage\":\"GENERATE_VERIFY_MAC\"}"),
                "create-hmac-key-invalid-key-usage",
                call("CreateKey", "{\"KeySpec\":\"HMAC_256\",\"KeyUsage\":\"RANDOM\"}")));
    scenarios.put(
        "test_describe_with_alias_arn",
        () -> {
          String id = key("test - description");
          JsonNode created = described(id).path("KeyMetadata");
          String alias = "alias/" + id;
          JsonNode unused =
              call(
                  "CreateAlias",
                  "{\"AliasName\":\"%s\",\"TargetKeyId\":\"%s\"}".formatted(alias, id));
          assertThat(unused.isMissingNode()).isTrue();
          return Map.of(
              "created-key",
              created,
              "describe-key",
              described("arn:aws:kms:us-east-1:111111111111:" + alias));
        });
  }

  private JsonNode encrypt(String id, String context) throws IOException {
    return call(
        "Encrypt",
        "{\"KeyId\":\"%s\",\"Plaintext\":\"c2VjcmV0\",\"EncryptionContext\":%s}"
            .formatted(id, context));
  }

  private JsonNode decrypt(String blob, String context) throws IOException {
    return call(
        "Decrypt", "{\"CiphertextBlob\":\"%s\",\"EncryptionContext\":%s}".formatted(blob, context));
  }

  private void ciphertexts() {
    String context = "{\"context-key\":\"context-value\"}";
    scenarios.put(
        "test_plaintext_size_for_encrypt",
        () -> {
          String tooLong = Base64.getEncoder().encodeToString(new byte[4097]);
          return Map.of(
              "invalid-plaintext-size-encrypt",
              call("Encrypt", "{\"KeyId\":\"%s\",\"Plaintext\":\"%s\"}".formatted(key(), tooLong)));
        });
    scenarios.put(
        "test_encrypt_decrypt_encryption_context",
        () -> {
          JsonNode encrypted = encrypt(key(), context);
          String blob = encrypted.path("CiphertextBlob").textValue();
          byte[] spoiled = Base64.getDecoder().decode(blob);
          spoiled[spoiled.length - 1] ^= 1;
          return Map.of(
              "encrypt_response",
              encrypted,
              "decrypt_response_with_encryption_context",
              decrypt(blob, context),
              "decrypt_response_without_encryption_context",
              decrypt(blob, "{}"),
              "decrypt_response_with_invalid_ciphertext",
              decrypt(Base64.getEncoder().encodeToString(spoiled), context));
        });
    for (String suffix : List.of("", "WithoutPlaintext")) {
      String name = suffix.isEmpty() ? "" : "_without_plaintext";
      scenarios.put(
          "test_encryption_context_generate_data_key" + name,
          () -> {
            JsonNode dataKey = dataKey(suffix, context);
            return Map.of(
                "decrypt-without-encryption-context",
                decrypt(dataKey.path("CiphertextBlob").textValue(), "{}"));
          });
    }
    scenarios.put(
        "test_generate_data_key", () -> Map.of("generate-data-key-result", dataKey("", "{}")));
    scenarios.put(
        "test_generate_data_key_without_plaintext",
        () -> Map.of("generate-data-key-without-plaintext", dataKey("WithoutPlaintext", "{}")));
    scenarios.put(
        "test_re_encrypt[SYMMETRIC_DEFAULT-SYMMETRIC_DEFAULT]",
        () -> Map.of("test_re_encrypt", reEncrypt(key(), "")));
    scenarios.put(
        "test_re_encrypt_incorrect_source_key",
        () ->
            Map.of(
                "incorrect-source-key",
                reEncrypt(key(), ",\"SourceKeyId\":\"%s\"".formatted(key()))));
  }

  private JsonNode dataKey(String suffix, String context) throws IOException {
    return call(
        "GenerateDataKey" + suffix,
        "{\"KeyId\":\"%s\",\"KeySpec\":\"AES_256\",\"EncryptionContext\":%s}"
            .formatted(key(), context));
  }

  private JsonNode reEncrypt(String source, String more) throws IOException {
    String blob = encrypt(source, "{}").path("CiphertextBlob").textValue();
    return call(
        "ReEncrypt",
        "{\"CiphertextBlob\":\"%s\",\"DestinationKeyId\":\"%s\"%s}".formatted(blob, key(), more));
  }

  private static String tag(String key, String value) {
    return "{\"TagKey\":\"%s\",\"TagValue\":\"%s\"}".formatted(key, value);
  }

  private JsonNode tagged(String id, String... tags) throws IOException {
    return call(
        "TagResource", "{\"KeyId\":\"%s\",\"Tags\":[%s]}".formatted(id, String.join(",", tags)));
  }

  private JsonNode createTagged(String... tags) throws IOException {
    return call("CreateKey", "{\"Tags\":[%s]}".formatted(String.join(",", tags)));
  }

  private JsonNode untagged(String id, String... tagKeys) throws IOException {
    return call(
        "UntagResource",
        "{\"KeyId\":\"%s\",\"TagKeys\":[\"%s\"]}".formatted(id, String.join("\",\"", tagKeys)));
  }

  private JsonNode tagsOf(String id) throws IOException {
    return call("ListResourceTags", keyId(id)).path("Tags");
  }

  private void tags() {
    String one = tag("tag1", "value1");
    String two = tag("tag2", "value2");
    String three = tag("tag3", "value3");
    scenarios.put(
        "test_tag_existing_key_and_untag",
        () -> {
          String id = key();
          tagged(id, one, two);
          return untagAll(id, "tag1", "tag2");
        });
    scenarios.put(
        "test_create_key_with_tag_and_untag",
        () ->
            untagAll(createTagged(one, two).at("/KeyMetadata/KeyId").textValue(), "tag1", "tag2"));
    scenarios.put(
        "test_untag_key_partially",
        () -> {
          String id = createTagged(one, two, three).at("/KeyMetadata/KeyId").textValue();
          JsonNode before = tagsOf(id);
          untagged(id, "tag2");
          return Map.of(
              "list-resource-tags",
              before,
              "list-resource-tags-after-partially-untagged",
              tagsOf(id));
        });
    scenarios.put(
        "test_update_and_add_tags_on_tagged_key",
        () -> {
          String id = createTagged(one, two, three).at("/KeyMetadata/KeyId").textValue();
          JsonNode before = tagsOf(id);
          tagged(id, tag("tag2", "updated_value2"), tag("tag4", "value4"), tag("tag5", "value5"));
          return Map.of(
              "list-resource-tags", before, "list-resource-tags-after-tags-updated", tagsOf(id));
        });
    scenarios.put(
        "test_tag_key_with_duplicate_tag_keys_raises_error",
        () -> Map.of("duplicate-tag-keys", tagged(key(), one, one)));
    scenarios.put(
        "test_create_key_with_too_many_tags_raises_error",
        () -> {
          List<String> many = new ArrayList<>();
          for (int i = 0; i < 51; i++) {
            many.add(tag("k" + i, "v"));
          }
          return Map.of("invalid-tag-key", createTagged(many.toArray(String[]::new)));
        });
    scenarios.put(
        "test_tag_existing_key_with_invalid_tag_key",
        () -> Map.of("invalid-tag-key", tagged(key(), tag("aws:key1", "value1"))));
    scenarios.put(
        "test_key_with_long_tag_value_raises_error",
        () -> Map.of("too-long-tag-value", createTagged(tag("tag1", "v".repeat(257)))));
    scenarios.put(
        "test_create_key_with_invalid_tag_key[lowercase_prefix]",
        () -> Map.of("invalid-tag-key", createTagged(tag("aws:key1", "value1"))));
    scenarios.put(
        "test_create_key_with_invalid_tag_key[uppercase_prefix]",
        () -> Map.of("invalid-tag-key", createTagged(tag("AWS:key1", "value1"))));
    scenarios.put(
        "test_create_key_with_invalid_tag_key[too_long_key]",
        () -> Map.of("invalid-tag-key", createTagged(tag("a".repeat(129), "value1"))));
  }

  private Map<String, JsonNode> untagAll(String id, String... tagKeys) throws IOException {
    JsonNode before = tagsOf(id);
    untagged(id, tagKeys);
    return Map.of(
        "list-resource-tags", before, "list-resource-tags-after-all-untagged", tagsOf(id));
  }

  private JsonNode rotate(String id) throws IOException {
    return call("RotateKeyOnDemand", keyId(id));
  }

  private void rotations() {
    for (int days : new int[] {90, 180}) {
      scenarios.put(
          "test_key_enable_rotation_status[%d]".formatted(days),
          () -> {
            String id = key();
            call(
                "EnableKeyRotation",
                "{\"KeyId\":\"%s\",\"RotationPeriodInDays\":%d}".formatted(id, days));
            return Map.of("match_response", call("GetKeyRotationStatus", keyId(id)));
          });
    }
    scenarios.put(
        "test_rotate_key_on_demand_modifies_key_material",
        () -> Map.of("rotate-on-demand-response", rotate(key())));
    for (boolean enabled : new boolean[] {false, true}) {
      scenarios.put(
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
    scenarios.put(
        "test_rotate_key_on_demand_raises_error_given_key_is_disabled",
        () -> {
          String id = key();
          call("DisableKey", keyId(id));
          return Map.of("error-response", rotate(id));
        });
    scenarios.put(
        "test_rotate_key_on_demand_raises_error_given_key_that_does_not_exist",
        () -> Map.of("error-response", rotate(UUID.randomUUID().toString())));
    scenarios.put(
        "test_rotate_on_demand_returns_arn_for_key_id",
        () -> Map.of("rotate-on-demand-aws-key", rotate(key())));
    scenarios.put(
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
    scenarios.put(
        "test_key_rotations_limits",
        () -> {
          String id = key();
          for (int i = 0; i < 25; i++) {
            assertThat(rotate(id).has("Error")).isFalse();
          }
          return Map.of("error-response", rotate(id));
        });
    scenarios.put(
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
      return Importing.request(client, id, new byte[32], "RSAES_OAEP_SHA_256", more);
    } catch (Exception e) {
      throw new IOException(e);
    }
  }

  private void imports() {
    scenarios.put(
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
    scenarios.put(
        "test_get_parameters_for_import", () -> Map.of("response-error", parametersFor(key())));
    scenarios.put(
        "test_get_parameters_for_import_raises_for_non_external_kms_keys",
        () -> Map.of("get-import-parameters-error", parametersFor(key())));
    scenarios.put(
        "test_rotate_key_on_demand_on_external_key_with_no_key_material[SYMMETRIC_DEFAULT]",
        () -> {
          JsonNode created = external();
          return Map.of(
              "create-kms-external-key",
              created,
              "rotate-key-on-demand-error-response-SYMMETRIC_DEFAULT",
              rotate(created.path("KeyId").textValue()));
        });
    scenarios.put(
        "test_rotate_key_on_demand_raises_error_given_key_with_imported_key_material",
        () -> {
          String id = external().path("KeyId").textValue();
          imported(id);
          return Map.of("error-response", rotate(id));
        });
  }

  @Test
  void recording_counted_isCoveredAsFarAsSaid() {
    assertThat(Recording.byName(recorded)).hasSize(RECORDED);
    assertThat(scenarios).hasSize(APPLICABLE);
    assertThat(Recording.byName(recorded).keySet()).containsAll(scenarios.keySet());
  }

  @TestFactory
  List<DynamicTest> answer_recordedScenario_isWhatAwsAnswered() {
    Map<String, JsonNode> all = Recording.byName(recorded);
    List<DynamicTest> tests = new ArrayList<>();
    scenarios.forEach((name, scenario) ->
        tests.add(
            DynamicTest.dynamicTest(
                name, () -> Recording.compare(all.getOrDefault(name, recorded), scenario.play()))));
    return tests;
  }
}
