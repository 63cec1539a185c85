package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.IntNode;
import java.util.Base64;
import java.util.Map;
import java.util.UUID;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Random bytes, and keys from their making to their deletion. */
final class KeyScenarios extends Scenarios {
  KeyScenarios(SignedClient client) {
    super(client);
  }

  @Override
  void addAll() {
    random();
    keys();
  }

  private void random() {
    add(
        "test_generate_random_invalid_number_of_bytes[None]",
        () -> Map.of("generate-random-exc", call("GenerateRandom", "{}")));
    for (int wrong : new int[] {0, 1025}) {
      add(
          "test_generate_random_invalid_number_of_bytes[%d]".formatted(wrong),
          () -> Map.of("generate-random-exc", call("GenerateRandom", bytes(wrong))));
    }
    for (int good : new int[] {1, 12, 44, 91, 1024}) {
      add(
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

  private void keys() {
    add(
        "test_create_key",
        () -> Map.of("describe-key", described(key("test key 123")).path("KeyMetadata")));
    add(
        "test_non_multi_region_keys_should_not_have_multi_region_properties",
        () ->
            Map.of(
                "non_multi_region_keys_should_not_have_multi_region_properties",
                described(key("test non multi region key")).path("KeyMetadata")));
    add(
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
    add(
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
    add(
        "test_get_key_invalid_uuid",
        () ->
            Map.of(
                "describe-key-with-invalid-uuid",
                described("fake-key-id"),
                "describe-key-with-invalid-uuid-2",
                described("134f2428cec14b25a1ae9048164dba47"),
                "describe-key-with-invalid-uuid-mrk",
                described("mrk-fake-key-id")));
    add(
        "test_create_alias",
        () ->
            Map.of(
                "create_alias",
                call(
                    "CreateAlias",
                    "{\"AliasName\":\"wrong\",\"TargetKeyId\":\"%s\"}".formatted(key()))));
    add(
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
    add(
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
}
