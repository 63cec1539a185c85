package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Grants through the API: what they allow, to whom, until when. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GrantTest {
  private static final String BOB = "arn:aws:iam::000000000000:user/bob";
  private static final String CAROL = "arn:aws:iam::000000000000:user/carol";

  private TestServer server;
  private SignedClient admin;
  private SignedClient bob;
  private SignedClient carol;
  private String key = "";
  private String arn = "";

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = TestServer.start(directory);
    admin = server.admin();
    bob = server.user("bob");
    carol = server.user("carol");
  }

  @AfterAll
  void stop() {
    carol.close();
    bob.close();
    admin.close();
    server.close();
  }

  @BeforeEach
  void newKey() throws IOException {
    JsonNode made = done(admin, "CreateKey", "{}");
    key = made.at("/KeyMetadata/KeyId").textValue();
    arn = made.at("/KeyMetadata/Arn").textValue();
  }

  private static JsonNode done(SignedClient client, String operation, String json)
      throws IOException {
    SignedClient.Answer answer = client.call(operation, json);
    assertThat(answer.status()).as("%s: %s", operation, answer.json()).isEqualTo(200);
    return answer.json();
  }

  private static String refused(SignedClient client, String operation, String json)
      throws IOException {
    SignedClient.Answer answer = client.call(operation, json);
    assertThat(answer.status()).as("%s: %s", operation, answer.json()).isNotEqualTo(200);
    return answer.type();
  }

  private String grant(String operations, String more) {
    return "{\"KeyId\":\"%s\",\"GranteePrincipal\":\"%s\",\"Operations\":[%s]%s}"
        .formatted(key, BOB, operations, more);
  }

  private String encrypt(String context) {
    return "{\"KeyId\":\"%s\",\"Plaintext\":\"YWJj\",\"EncryptionContext\":%s}"
        .formatted(key, context);
  }

  private String named(String grantId) {
    return "{\"KeyId\":\"%s\",\"GrantId\":\"%s\"}".formatted(arn, grantId);
  }

  @Test
  void createGrant_thenRevoked_allowsMeanwhileWhatItSays() throws Exception {
    assertThat(refused(bob, "Encrypt", encrypt("{}"))).isEqualTo("AccessDeniedException");
    JsonNode made = done(admin, "CreateGrant", grant("\"Encrypt\",\"DescribeKey\"", ""));
    assertThat(made.path("GrantId").textValue()).matches("[0-9a-f]{64}");
    done(bob, "Encrypt", encrypt("{}"));
    done(bob, "DescribeKey", "{\"KeyId\":\"%s\"}".formatted(key));
    assertThat(
            refused(
                bob,
                "GenerateDataKey",
                "{\"KeyId\":\"%s\",\"KeySpec\":\"AES_256\"}".formatted(key)))
        .isEqualTo("AccessDeniedException");
    assertThat(refused(carol, "Encrypt", encrypt("{}"))).isEqualTo("AccessDeniedException");
    done(admin, "RevokeGrant", named(made.path("GrantId").textValue()));
    assertThat(refused(bob, "Encrypt", encrypt("{}"))).isEqualTo("AccessDeniedException");
  }

  @ParameterizedTest(name = "{0} with {1}: {2}")
  @CsvSource(
      quoteCharacter = '\'',
      value = {
        "EncryptionContextSubset, '{\"a\":\"1\"}', true",
        "EncryptionContextSubset, '{\"a\":\"1\",\"b\":\"2\"}', true",
        "EncryptionContextSubset, '{\"a\":\"2\"}', false",
        "EncryptionContextSubset, '{\"A\":\"1\"}', false",
        "EncryptionContextSubset, '{}', false",
        "EncryptionContextEquals, '{\"a\":\"1\"}', true",
        "EncryptionContextEquals, '{\"a\":\"1\",\"b\":\"2\"}', false",
        "EncryptionContextEquals, '{}', false",
      })
  void grant_withConstraint_boundsTheEncryptionContext(
      String constraint, String context, boolean allowed) throws Exception {
    done(
        admin,
        "CreateGrant",
        grant("\"Encrypt\"", ",\"Constraints\":{\"%s\":{\"a\":\"1\"}}".formatted(constraint)));
    assertThat(bob.call("Encrypt", encrypt(context)).status() == 200).isEqualTo(allowed);
  }

  @Test
  void grant_againstExplicitDeny_givesNothing() throws Exception {
    String policy =
        """
        {'Statement':[
         {'Effect':'Allow','Action':'kms:*','Resource':'*','Principal':{'AWS':'arn:aws:iam::000000000000:root'}},
         {'Sid':'NotBob','Effect':'Deny','Action':'kms:Encrypt','Resource':'*','Principal':{'AWS':'%s'}}]}\
        """
            .formatted(BOB)
            .replace("'", "\\\"")
            .replace("\n", "");
    done(admin, "PutKeyPolicy", "{\"KeyId\":\"%s\",\"Policy\":\"%s\"}".formatted(key, policy));
    done(admin, "CreateGrant", grant("\"Encrypt\"", ""));
    SignedClient.Answer answer = bob.call("Encrypt", encrypt("{}"));
    assertThat(answer.json().path("message").textValue())
        .endsWith("with an explicit deny in a resource-based policy");
  }

  @Test
  void createGrant_sameNameAndWords_isTheSameGrant() throws Exception {
    String request = grant("\"Encrypt\"", ",\"Name\":\"boot\"");
    String first = done(admin, "CreateGrant", request).path("GrantId").textValue();
    assertThat(done(admin, "CreateGrant", request).path("GrantId").textValue()).isEqualTo(first);
    String other = grant("\"Decrypt\"", ",\"Name\":\"boot\"");
    assertThat(done(admin, "CreateGrant", other).path("GrantId").textValue()).isNotEqualTo(first);
    String unnamed = grant("\"Encrypt\"", "");
    assertThat(done(admin, "CreateGrant", unnamed).path("GrantId").textValue())
        .isNotEqualTo(done(admin, "CreateGrant", unnamed).path("GrantId").textValue());
  }

  @Test
  void retireGrant_byRetiringPrincipal_ends() throws Exception {
    JsonNode made =
        done(
            admin,
            "CreateGrant",
            grant("\"Encrypt\"", ",\"RetiringPrincipal\":\"%s\"".formatted(CAROL)));
    String token = "{\"GrantToken\":\"%s\"}".formatted(made.path("GrantToken").textValue());
    assertThat(refused(bob, "RetireGrant", token)).isEqualTo("AccessDeniedException");
    done(bob, "Encrypt", encrypt("{}"));
    assertThat(refused(carol, "RetireGrant", token.replace("}", ",\"DryRun\":true}")))
        .isEqualTo("DryRunOperationException");
    done(bob, "Encrypt", encrypt("{}"));
    done(carol, "RetireGrant", token);
    assertThat(refused(bob, "Encrypt", encrypt("{}"))).isEqualTo("AccessDeniedException");
  }

  @Test
  void retireGrant_byGranteeWhoseGrantAllowsIt_endsThatGrantOnly() throws Exception {
    String own =
        done(admin, "CreateGrant", grant("\"Encrypt\",\"RetireGrant\"", ""))
            .path("GrantId")
            .textValue();
    String other =
        done(admin, "CreateGrant", grant("\"Decrypt\"", "").replace(BOB, CAROL))
            .path("GrantId")
            .textValue();
    assertThat(refused(bob, "RetireGrant", named(other))).isEqualTo("AccessDeniedException");
    done(bob, "RetireGrant", named(own));
    assertThat(refused(admin, "RetireGrant", named(own))).isEqualTo("NotFoundException");
  }

  @Test
  void createGrant_byGrantee_passesOnNoMore() throws Exception {
    done(
        admin,
        "CreateGrant",
        grant(
            "\"Encrypt\",\"CreateGrant\"",
            ",\"Constraints\":{\"EncryptionContextSubset\":{\"a\":\"1\"}}"));
    String forCarol = grant("\"Encrypt\"", "MORE").replace(BOB, CAROL);
    String bounded = ",\"Constraints\":{\"EncryptionContextSubset\":{\"a\":\"1\",\"b\":\"2\"}}";
    assertThat(refused(bob, "CreateGrant", forCarol.replace("MORE", "")))
        .isEqualTo("AccessDeniedException");
    assertThat(
            refused(
                bob,
                "CreateGrant",
                forCarol.replace("MORE", bounded).replace("\"Encrypt\"", "\"Decrypt\"")))
        .isEqualTo("AccessDeniedException");
    done(bob, "CreateGrant", forCarol.replace("MORE", bounded));
    done(carol, "Encrypt", encrypt("{\"a\":\"1\",\"b\":\"2\"}"));
    assertThat(refused(carol, "Encrypt", encrypt("{\"a\":\"1\"}")))
        .isEqualTo("AccessDeniedException");
  }

  @Test
  void listGrants_manyPages_givesEachOnce() throws Exception {
    Set<String> made = new HashSet<>();
    for (int i = 0; i < 7; i++) {
      made.add(done(admin, "CreateGrant", grant("\"Encrypt\"", "")).path("GrantId").textValue());
    }
    List<String> listed = new ArrayList<>();
    String marker = "";
    do {
      String page = "{\"KeyId\":\"%s\",\"Limit\":3%s}".formatted(key, marker);
      JsonNode answer = done(admin, "ListGrants", page);
      answer.path("Grants").forEach(grant -> listed.add(grant.path("GrantId").textValue()));
      marker =
          answer.path("Truncated").booleanValue()
              ? ",\"Marker\":\"%s\"".formatted(answer.path("NextMarker").textValue())
              : "";
    } while (!marker.isEmpty());
    assertThat(listed).hasSize(7).containsExactlyInAnyOrderElementsOf(made);
  }

  @Test
  void listGrants_ofOne_tellsAllAboutIt() throws Exception {
    String id =
        done(
                admin,
                "CreateGrant",
                grant(
                    "\"Decrypt\",\"Encrypt\"",
                    ",\"Name\":\"n\",\"RetiringPrincipal\":\"%s\",\"Constraints\":{\"EncryptionContextEquals\":{\"a\":\"1\"}}"
                        .formatted(CAROL)))
            .path("GrantId")
            .textValue();
    JsonNode grants =
        done(
                admin,
                "ListGrants",
                "{\"KeyId\":\"%s\",\"GrantId\":\"%s\",\"GranteePrincipal\":\"%s\"}"
                    .formatted(key, id, BOB))
            .path("Grants");
    assertThat(grants).hasSize(1);
    JsonNode grant = grants.get(0);
    assertThat(grant.path("KeyId").textValue()).isEqualTo(arn);
    assertThat(grant.path("Name").textValue()).isEqualTo("n");
    assertThat(grant.path("IssuingAccount").textValue()).endsWith("000000000000:root");
    assertThat(grant.path("RetiringPrincipal").textValue()).isEqualTo(CAROL);
    assertThat(grant.path("Operations").toString()).isEqualTo("[\"Decrypt\",\"Encrypt\"]");
    assertThat(grant.at("/Constraints/EncryptionContextEquals/a").textValue()).isEqualTo("1");
    JsonNode retirable =
        done(admin, "ListRetirableGrants", "{\"RetiringPrincipal\":\"%s\"}".formatted(CAROL));
    assertThat(retirable.path("Grants").findValuesAsText("GrantId")).contains(id);
  }

  @Test
  void grantToken_notFromHere_isRefused() throws Exception {
    String spoiled = encrypt("{}").replace("}}", "},\"GrantTokens\":[\"AQpAM2RhZTk1MGMyNTk2\"]}");
    assertThat(refused(admin, "Encrypt", spoiled)).isEqualTo("InvalidGrantTokenException");
    String token = done(admin, "CreateGrant", grant("\"Encrypt\"", "")).path("GrantToken").asText();
    done(
        bob,
        "Encrypt",
        encrypt("{}").replace("}}", "},\"GrantTokens\":[\"%s\"]}".formatted(token)));
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "no operations | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"BOB\"} | ValidationException",
        "unknown operation | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"BOB\",\"Operations\":[\"DisableKey\"]} | ValidationException",
        "not for this key | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"BOB\",\"Operations\":[\"Sign\"]} | ValidationException",
        "no principal | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"bob\",\"Operations\":[\"Encrypt\"]} | InvalidArnException",
        "everyone | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"*\",\"Operations\":[\"Encrypt\"]} | InvalidArnException",
        "no such key | {\"KeyId\":\"00000000-0000-0000-0000-000000000000\",\"GranteePrincipal\":\"BOB\",\"Operations\":[\"Encrypt\"]} | NotFoundException",
        "bad name | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"BOB\",\"Operations\":[\"Encrypt\"],\"Name\":\"a b\"} | ValidationException",
        "both constraints | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"BOB\",\"Operations\":[\"Encrypt\"],\"Constraints\":{\"EncryptionContextEquals\":{\"a\":\"b\"},\"EncryptionContextSubset\":{\"a\":\"b\"}}} | ValidationException",
        "dry run | {\"KeyId\":\"KEY\",\"GranteePrincipal\":\"BOB\",\"Operations\":[\"Encrypt\"],\"DryRun\":true} | DryRunOperationException",
      })
  void createGrant_wrongRequest_isRefusedAndMakesNone(String name, String json, String type)
      throws Exception {
    assertThat(refused(admin, "CreateGrant", json.replace("KEY", key).replace("BOB", BOB)))
        .isEqualTo(type);
    assertThat(done(admin, "ListGrants", "{\"KeyId\":\"%s\"}".formatted(key)).path("Grants"))
        .isEmpty();
  }
}
