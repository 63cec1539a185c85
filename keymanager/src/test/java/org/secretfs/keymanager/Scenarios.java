package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.secretfs.keymanager.sigv4.SignedClient;

/**
 * A group of recorded scenarios, played against a server whose keys each makes for itself: each
 * group adds its own, under the names of the recording.
 */
abstract class Scenarios {
  private final SignedClient client;
  private final Map<String, Scenario> all = new LinkedHashMap<>();

  Scenarios(SignedClient client) {
    this.client = client;
  }

  /** Plays exchanges and names their answers as the recording does. */
  @FunctionalInterface
  interface Scenario {
    Map<String, JsonNode> play() throws IOException;
  }

  /** Every group's scenarios by their names. */
  static Map<String, Scenario> all(SignedClient client) {
    Map<String, Scenario> all = new LinkedHashMap<>();
    for (Scenarios group :
        List.of(
            new KeyScenarios(client),
            new CiphertextScenarios(client),
            new TagScenarios(client),
            new RotationScenarios(client),
            new ImportScenarios(client),
            new OtherKindScenarios(client))) {
      group.addAll();
      all.putAll(group.all);
    }
    return all;
  }

  /** Adds the scenarios of this group. */
  abstract void addAll();

  final void add(String name, Scenario scenario) {
    all.put(name, scenario);
  }

  final SignedClient client() {
    return client;
  }

  final JsonNode call(String operation, String json) throws IOException {
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

  final String key() throws IOException {
    return key("");
  }

  final String key(String description) throws IOException {
    return call("CreateKey", "{\"Description\":\"%s\"}".formatted(description))
        .at("/KeyMetadata/KeyId")
        .textValue();
  }

  static String arn(String keyId) {
    return "arn:aws:kms:us-east-1:111111111111:key/" + keyId;
  }

  static String keyId(String id) {
    return "{\"KeyId\":\"%s\"}".formatted(id);
  }

  final JsonNode described(String name) throws IOException {
    return call("DescribeKey", keyId(name));
  }

  final JsonNode encrypt(String id, String context) throws IOException {
    return call(
        "Encrypt",
        "{\"KeyId\":\"%s\",\"Plaintext\":\"c2VjcmV0\",\"EncryptionContext\":%s}"
            .formatted(id, context));
  }

  final JsonNode decrypt(String blob, String context) throws IOException {
    return call(
        "Decrypt", "{\"CiphertextBlob\":\"%s\",\"EncryptionContext\":%s}".formatted(blob, context));
  }

  final JsonNode rotate(String id) throws IOException {
    return call("RotateKeyOnDemand", keyId(id));
  }
}
