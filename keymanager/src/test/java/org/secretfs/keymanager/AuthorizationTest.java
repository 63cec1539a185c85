package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditTrail;
import org.secretfs.keymanager.kms.AllOperations;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Every operation by principals that may do everything else: refused, unchanged, recorded. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AuthorizationTest {
  private static final String ROOT = "arn:aws:iam::000000000000:root";

  /** The requests, with KEY, ARN, BLOB, ALIAS, GRANT and N to be filled in. */
  private static final Map<String, String> REQUESTS = new LinkedHashMap<>();

  static {
    String key = "{\"KeyId\":\"KEY\"}";
    for (String name :
        List.of(
            "DescribeKey",
            "DisableKey",
            "DisableKeyRotation",
            "EnableKey",
            "EnableKeyRotation",
            "GetKeyPolicy",
            "GetKeyRotationStatus",
            "ListGrants",
            "ListKeyPolicies",
            "ListKeyRotations",
            "ListResourceTags",
            "RotateKeyOnDemand",
            "ScheduleKeyDeletion",
            "CancelKeyDeletion")) {
      REQUESTS.put(name, key);
    }
    REQUESTS.put("CreateKey", "{\"Tags\":[{\"TagKey\":\"a\",\"TagValue\":\"b\"}]}");
    REQUESTS.put("TagResource for CreateKey", REQUESTS.get("CreateKey"));
    REQUESTS.put("ListKeys", "{}");
    REQUESTS.put("ListAliases", "{}");
    REQUESTS.put("GenerateRandom", "{\"NumberOfBytes\":8}");
    REQUESTS.put("Encrypt", "{\"KeyId\":\"KEY\",\"Plaintext\":\"YWJj\"}");
    REQUESTS.put("Decrypt", "{\"CiphertextBlob\":\"BLOB\"}");
    REQUESTS.put(
        "ReEncryptFrom for ReEncrypt",
        "{\"CiphertextBlob\":\"BLOB\",\"DestinationKeyId\":\"KEY\"}");
    REQUESTS.put("ReEncryptTo for ReEncrypt", REQUESTS.get("ReEncryptFrom for ReEncrypt"));
    REQUESTS.put("GenerateDataKey", "{\"KeyId\":\"KEY\",\"KeySpec\":\"AES_256\"}");
    REQUESTS.put("GenerateDataKeyWithoutPlaintext", REQUESTS.get("GenerateDataKey"));
    REQUESTS.put("CreateAlias", "{\"AliasName\":\"alias/newN\",\"TargetKeyId\":\"KEY\"}");
    REQUESTS.put("UpdateAlias", "{\"AliasName\":\"ALIAS\",\"TargetKeyId\":\"KEY\"}");
    REQUESTS.put("DeleteAlias", "{\"AliasName\":\"ALIAS\"}");
    REQUESTS.put(
        "TagResource", "{\"KeyId\":\"KEY\",\"Tags\":[{\"TagKey\":\"a\",\"TagValue\":\"b\"}]}");
    REQUESTS.put("UntagResource", "{\"KeyId\":\"KEY\",\"TagKeys\":[\"a\"]}");
    REQUESTS.put("UpdateKeyDescription", "{\"KeyId\":\"KEY\",\"Description\":\"other\"}");
    REQUESTS.put("PutKeyPolicy", "{\"KeyId\":\"KEY\",\"Policy\":\"POLICY\"}");
    REQUESTS.put(
        "CreateGrant",
        "{\"KeyId\":\"KEY\",\"GranteePrincipal\":\"arn:aws:iam::000000000000:user/u\",\"Operations\":[\"Decrypt\"]}");
    REQUESTS.put("RevokeGrant", "{\"KeyId\":\"KEY\",\"GrantId\":\"GRANT\"}");
    REQUESTS.put("RetireGrant", "{\"KeyId\":\"ARN\",\"GrantId\":\"GRANT\"}");
    REQUESTS.put(
        "GetParametersForImport",
        "{\"KeyId\":\"KEY\",\"WrappingAlgorithm\":\"RSAES_OAEP_SHA_256\",\"WrappingKeySpec\":\"RSA_2048\"}");
    String pair = "{\"KeyId\":\"KEY\",\"KeyPairSpec\":\"ECC_NIST_P256\"}";
    REQUESTS.put("GenerateDataKeyPair", pair);
    REQUESTS.put("GenerateDataKeyPairWithoutPlaintext", pair);
    OtherKindRequests.OPERATIONS.forEach(name -> REQUESTS.put(name, "{}"));
    REQUESTS.put("ImportKeyMaterial", "{}");
    REQUESTS.put("DeleteImportedKeyMaterial", key);
    REQUESTS.put(
        "ListRetirableGrants", "{\"RetiringPrincipal\":\"arn:aws:iam::000000000000:user/u\"}");
  }

  private TestServer server;
  private SignedClient admin;
  private SignedClient nobody;
  private int count;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = TestServer.start(directory);
    admin = server.admin();
    nobody = server.user("nobody");
  }

  @AfterAll
  void stop() {
    nobody.close();
    admin.close();
    server.close();
  }

  private static String operation(String row) {
    return row.substring(row.lastIndexOf(' ') + 1);
  }

  private static String action(String row) {
    return "kms:" + row.split(" ", 2)[0];
  }

  private JsonNode done(String operation, String json) throws IOException {
    SignedClient.Answer answer = admin.call(operation, json);
    assertThat(answer.status()).as("%s: %s", operation, answer.json()).isEqualTo(200);
    return answer.json();
  }

  /** A request on a key, an alias and a grant of its own, as it would succeed. */
  private String request(String row) throws Exception {
    count++;
    if (OtherKindRequests.OPERATIONS.contains(row)) {
      return OtherKindRequests.of(admin, row);
    }
    if (row.contains("Import")) {
      return importRequest(row);
    }
    String key = done("CreateKey", "{}").at("/KeyMetadata/KeyId").textValue();
    String alias = "alias/old" + count;
    done("CreateAlias", "{\"AliasName\":\"%s\",\"TargetKeyId\":\"%s\"}".formatted(alias, key));
    String blob =
        done("Encrypt", "{\"KeyId\":\"%s\",\"Plaintext\":\"YWJj\"}".formatted(key))
            .path("CiphertextBlob")
            .textValue();
    String grant =
        done("CreateGrant", REQUESTS.getOrDefault("CreateGrant", "").replace("KEY", key))
            .path("GrantId")
            .textValue();
    if (row.equals("CancelKeyDeletion")) {
      done("ScheduleKeyDeletion", "{\"KeyId\":\"%s\"}".formatted(key));
    }
    String policy =
        "{\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kms:*\",\"Resource\":\"*\",\"Principal\":{\"AWS\":\"%s\"}}}"
            .formatted(ROOT);
    return REQUESTS
        .getOrDefault(row, "")
        .replace("POLICY", policy.replace("\"", "\\\""))
        .replace("KEY", key)
        .replace("ARN", "arn:aws:kms:us-east-1:000000000000:key/" + key)
        .replace("ALIAS", alias)
        .replace("BLOB", blob)
        .replace("GRANT", grant)
        .replace("N\"", count + "\"");
  }

  private String importRequest(String row) throws Exception {
    String external = "{\"Origin\":\"EXTERNAL\"}";
    String key = done("CreateKey", external).at("/KeyMetadata/KeyId").textValue();
    return row.equals("ImportKeyMaterial")
        ? Importing.request(
            admin,
            key,
            new byte[32],
            "RSAES_OAEP_SHA_256",
            "\"ExpirationModel\":\"KEY_MATERIAL_DOES_NOT_EXPIRE\"")
        : REQUESTS.getOrDefault(row, "").replace("KEY", key);
  }

  private long changes() throws SQLException {
    Path file = server.config().stateDirectory().resolve("keymanager.db");
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT value FROM meta WHERE name = 'generation'")) {
      return row.getLong(1);
    }
  }

  private AuditEvent last() throws IOException {
    List<AuditEvent> events = new ArrayList<>();
    AuditTrail.read(server.config().auditDirectory(), entry -> events.add(entry.event()));
    return events.getLast();
  }

  @Test
  void matrix_operations_areAll() {
    Set<String> named = new HashSet<>();
    REQUESTS.keySet().forEach(row -> named.add(operation(row)));
    assertThat(named).isEqualTo(AllOperations.names());
  }

  @TestFactory
  List<DynamicTest> operation_principalWithoutPermission_isDeniedUnchangedAndRecorded() {
    return REQUESTS.keySet().stream()
        .map(row -> DynamicTest.dynamicTest(row, () -> checkRow(row)))
        .toList();
  }

  private void checkRow(String row) throws Exception {
    String action = action(row);
    String name = row.replace(' ', '-');
    try (Administration policies = server.administration()) {
      policies.putPolicy("all-but-" + name, statement("\"Allow\",\"NotAction\"", action));
      policies.putPolicy("never-" + name, statement("\"Deny\",\"Action\"", action));
    }
    String json = request(row);
    try (SignedClient other = server.user("o-" + name, "all-but-" + name);
        SignedClient denied =
            server.user("d-" + name, Administration.ADMINISTRATOR_ACCESS, "never-" + name)) {
      String missing = "because no identity-based policy allows the %s action".formatted(action);
      String forbidden = "with an explicit deny in an identity-based policy";
      assertDenied(other, "o-" + name, row, json, missing);
      assertDenied(denied, "d-" + name, row, json, forbidden);
      if (action.endsWith(operation(row)) || row.startsWith("ReEncryptFrom")) {
        assertDenied(nobody, "nobody", row, json, missing);
      }
      SignedClient.Answer allowed = admin.call(operation(row), json);
      assertThat(allowed.status()).as(allowed.json().toString()).isEqualTo(200);
    }
  }

  private static String statement(String effectAndMember, String action) {
    return "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":%s:\"%s\",\"Resource\":\"*\"}}"
        .formatted(effectAndMember, action);
  }

  private void assertDenied(
      SignedClient client, String user, String row, String json, String reason) throws Exception {
    client.call("GenerateRandom", "{}");
    long before = changes();
    SignedClient.Answer answer = client.call(operation(row), json);
    assertThat(answer.type()).as(answer.json().toString()).isEqualTo("AccessDeniedException");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("message").textValue())
        .startsWith(
            "User: arn:aws:iam::000000000000:user/%s is not authorized to perform: %s on resource: "
                .formatted(user, action(row)))
        .endsWith(" " + reason);
    assertThat(changes()).isEqualTo(before);
    AuditEvent recorded = last();
    assertThat(recorded.eventName()).isEqualTo(operation(row));
    assertThat(recorded.errorCode()).isEqualTo("AccessDeniedException");
    assertThat(recorded.requestId()).isEqualTo(answer.requestId());
    assertThat(recorded.userIdentity().userName()).isEqualTo(user);
    assertThat(String.valueOf(recorded.additionalEventData())).contains(action(row) + ": ");
  }
}
