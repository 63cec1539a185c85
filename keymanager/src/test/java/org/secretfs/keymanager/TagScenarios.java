package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Tags of keys. */
final class TagScenarios extends Scenarios {
  TagScenarios(SignedClient client) {
    super(client);
  }

  @Override
  void addAll() {
    tags();
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
    add(
        "test_tag_existing_key_and_untag",
        () -> {
          String id = key();
          tagged(id, one, two);
          return untagAll(id, "tag1", "tag2");
        });
    add(
        "test_create_key_with_tag_and_untag",
        () ->
            untagAll(createTagged(one, two).at("/KeyMetadata/KeyId").textValue(), "tag1", "tag2"));
    add(
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
    add(
        "test_update_and_add_tags_on_tagged_key",
        () -> {
          String id = createTagged(one, two, three).at("/KeyMetadata/KeyId").textValue();
          JsonNode before = tagsOf(id);
          tagged(id, tag("tag2", "updated_value2"), tag("tag4", "value4"), tag("tag5", "value5"));
          return Map.of(
              "list-resource-tags", before, "list-resource-tags-after-tags-updated", tagsOf(id));
        });
    add(
        "test_tag_key_with_duplicate_tag_keys_raises_error",
        () -> Map.of("duplicate-tag-keys", tagged(key(), one, one)));
    add(
        "test_create_key_with_too_many_tags_raises_error",
        () -> {
          List<String> many = new ArrayList<>();
          for (int i = 0; i < 51; i++) {
            many.add(tag("k" + i, "v"));
          }
          return Map.of("invalid-tag-key", createTagged(many.toArray(String[]::new)));
        });
    add(
        "test_tag_existing_key_with_invalid_tag_key",
        () -> Map.of("invalid-tag-key", tagged(key(), tag("aws:key1", "value1"))));
    add(
        "test_key_with_long_tag_value_raises_error",
        () -> Map.of("too-long-tag-value", createTagged(tag("tag1", "v".repeat(257)))));
    add(
        "test_create_key_with_invalid_tag_key[lowercase_prefix]",
        () -> Map.of("invalid-tag-key", createTagged(tag("aws:key1", "value1"))));
    add(
        "test_create_key_with_invalid_tag_key[uppercase_prefix]",
        () -> Map.of("invalid-tag-key", createTagged(tag("AWS:key1", "value1"))));
    add(
        "test_create_key_with_invalid_tag_key[too_long_key]",
        () -> Map.of("invalid-tag-key", createTagged(tag("a".repeat(129), "value1"))));
  }

  private Map<String, JsonNode> untagAll(String id, String... tagKeys) throws IOException {
    JsonNode before = tagsOf(id);
    untagged(id, tagKeys);
    return Map.of(
        "list-resource-tags", before, "list-resource-tags-after-all-untagged", tagsOf(id));
  }
}
