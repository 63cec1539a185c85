package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Key policies, identity policies and their condition keys, through the API. */
class PolicyEnforcementTest {
  private static final String KEY_POLICY =
      """
      {"Version":"2012-10-17","Statement":[
        {"Sid":"Owner","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/tester"},
         "Action":"kms:*","Resource":"*"},
        {"Sid":"Machine","Effect":"Allow",
         "Principal":{"AWS":"arn:aws:iam::000000000000:user/machine"},
         "Action":["kms:Decrypt","kms:Encrypt"],"Resource":"*","Condition":CONDITION}]}\
      """;

  @TempDir private Path directory;
  private TestServer server;
  private SignedClient admin;
  private SignedClient machine;
  private SignedClient user;

  @BeforeEach
  void start() throws Exception {
    server = TestServer.start(directory);
    admin = server.admin();
    machine = server.user("machine");
    user = server.user("user", Administration.KEY_USER);
  }

  @AfterEach
  void stop() {
    user.close();
    machine.close();
    admin.close();
    server.close();
  }

  private String key(String condition) throws IOException {
    String policy = KEY_POLICY.replace("CONDITION", condition).replace("\n", " ");
    SignedClient.Answer made =
        admin.call("CreateKey", "{\"Policy\":\"%s\"}".formatted(policy.replace("\"", "\\\"")));
    assertThat(made.status()).as(made.json().toString()).isEqualTo(200);
    return made.json().at("/KeyMetadata/KeyId").textValue();
  }

  private static String encrypt(String key, String context) {
    return "{\"KeyId\":\"%s\",\"Plaintext\":\"YWJj\",\"EncryptionContext\":%s}"
        .formatted(key, context);
  }

  private static void assertAllowed(SignedClient client, String operation, String json)
      throws IOException {
    SignedClient.Answer answer = client.call(operation, json);
    assertThat(answer.status()).as(answer.json().toString()).isEqualTo(200);
  }

  private static void assertDenied(SignedClient client, String operation, String json)
      throws IOException {
    SignedClient.Answer answer = client.call(operation, json);
    assertThat(answer.type()).as(answer.json().toString()).isEqualTo("AccessDeniedException");
  }

  @Test
  void keyPolicy_thatNamesOthers_keepsIdentityPoliciesOut() throws Exception {
    String key = key("{\"Bool\":{\"aws:SecureTransport\":\"false\"}}");
    assertAllowed(machine, "Encrypt", encrypt(key, "{}"));
    assertDenied(machine, "DescribeKey", "{\"KeyId\":\"%s\"}".formatted(key));
    SignedClient.Answer answer = user.call("Encrypt", encrypt(key, "{}"));
    assertThat(answer.json().path("message").textValue())
        .endsWith("because no resource-based policy allows the kms:Encrypt action");
  }

  @Test
  void condition_onEncryptionContext_boundsTheUse() throws Exception {
    String key =
        key(
            "{\"StringEquals\":{\"kms:EncryptionContext:volume\":\"${aws:username}\"},"
                + "\"ForAllValues:StringEquals\":{\"kms:EncryptionContextKeys\":[\"volume\",\"host\"]}}");
    assertAllowed(machine, "Encrypt", encrypt(key, "{\"volume\":\"machine\"}"));
    assertDenied(machine, "Encrypt", encrypt(key, "{\"volume\":\"other\"}"));
    assertDenied(machine, "Encrypt", encrypt(key, "{}"));
    assertDenied(machine, "Encrypt", encrypt(key, "{\"volume\":\"machine\",\"x\":\"y\"}"));
  }

  @Test
  void condition_onRequestAndKey_isAnswered() throws Exception {
    for (String holds :
        List.of(
            "{\"IpAddress\":{\"aws:SourceIp\":\"127.0.0.0/8\"}}",
            "{\"DateGreaterThan\":{\"aws:CurrentTime\":\"2020-01-01T00:00:00Z\"}}",
            "{\"StringEquals\":{\"kms:CallerAccount\":\"000000000000\"}}",
            "{\"StringEquals\":{\"kms:KeySpec\":\"SYMMETRIC_DEFAULT\",\"kms:KeyUsage\":\"ENCRYPT_DECRYPT\"}}",
            "{\"StringEquals\":{\"kms:EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}}",
            "{\"ArnLike\":{\"aws:PrincipalArn\":\"arn:aws:iam::*:user/mach*\"}}",
            "{\"Null\":{\"aws:MultiFactorAuthPresent\":\"true\",\"kms:ViaService\":\"true\"}}")) {
      assertAllowed(machine, "Encrypt", encrypt(key(holds), "{}"));
    }
    for (String fails :
        List.of(
            "{\"IpAddress\":{\"aws:SourceIp\":\"10.0.0.0/8\"}}",
            "{\"DateLessThan\":{\"aws:CurrentTime\":\"2020-01-01T00:00:00Z\"}}",
            "{\"Bool\":{\"aws:MultiFactorAuthPresent\":\"true\"}}",
            "{\"Bool\":{\"aws:SecureTransport\":\"true\"}}",
            "{\"StringLike\":{\"kms:RequestAlias\":\"alias/*\"}}",
            "{\"StringLike\":{\"aws:ResourceTag/team\":\"*\"}}")) {
      assertDenied(machine, "Encrypt", encrypt(key(fails), "{}"));
    }
  }

  @Test
  void condition_onAliasesAndTags_followsTheirChanges() throws Exception {
    String key =
        key(
            "{\"ForAnyValue:StringEquals\":{\"kms:ResourceAliases\":\"alias/disk\"},"
                + "\"StringEquals\":{\"aws:ResourceTag/team\":\"a\"}}");
    assertDenied(machine, "Encrypt", encrypt(key, "{}"));
    assertAllowed(
        admin,
        "CreateAlias",
        "{\"AliasName\":\"alias/disk\",\"TargetKeyId\":\"%s\"}".formatted(key));
    assertAllowed(
        admin,
        "TagResource",
        "{\"KeyId\":\"%s\",\"Tags\":[{\"TagKey\":\"team\",\"TagValue\":\"a\"}]}".formatted(key));
    assertAllowed(machine, "Encrypt", encrypt(key, "{}"));
    assertAllowed(
        admin, "UntagResource", "{\"KeyId\":\"%s\",\"TagKeys\":[\"team\"]}".formatted(key));
    assertDenied(machine, "Encrypt", encrypt(key, "{}"));
    String byAlias = key("{\"StringEquals\":{\"kms:RequestAlias\":\"alias/named\"}}");
    assertAllowed(
        admin,
        "CreateAlias",
        "{\"AliasName\":\"alias/named\",\"TargetKeyId\":\"%s\"}".formatted(byAlias));
    assertAllowed(machine, "Encrypt", encrypt("alias/named", "{}"));
    assertDenied(machine, "Encrypt", encrypt(byAlias, "{}"));
  }

  @Test
  void administration_whileServing_takesEffectWithinASecond() throws Exception {
    String open = admin.call("CreateKey", "{}").json().at("/KeyMetadata/KeyId").textValue();
    assertAllowed(user, "Encrypt", encrypt(open, "{}"));
    try (Administration administration = server.administration()) {
      administration.detach("user/user", Administration.KEY_USER);
    }
    Thread.sleep(300);
    assertDenied(user, "Encrypt", encrypt(open, "{}"));
    try (Administration administration = server.administration()) {
      administration.deleteUser("machine");
    }
    Thread.sleep(300);
    assertThat(machine.call("GenerateRandom", "{\"NumberOfBytes\":1}").type())
        .isEqualTo("UnrecognizedClientException");
  }

  @Test
  void roles_ofKeysAndUse_areApart() throws Exception {
    try (SignedClient keys = server.user("keys", Administration.KEY_ADMINISTRATOR)) {
      String key = keys.call("CreateKey", "{}").json().at("/KeyMetadata/KeyId").textValue();
      assertDenied(keys, "Encrypt", encrypt(key, "{}"));
      assertDenied(
          keys, "GenerateDataKey", "{\"KeyId\":\"%s\",\"KeySpec\":\"AES_256\"}".formatted(key));
      assertAllowed(user, "Encrypt", encrypt(key, "{}"));
      assertDenied(user, "DisableKey", "{\"KeyId\":\"%s\"}".formatted(key));
      assertAllowed(keys, "DisableKey", "{\"KeyId\":\"%s\"}".formatted(key));
    }
  }

  @Test
  void putKeyPolicy_thatLocksItsAuthorOut_isRefusedUnlessBypassed() throws Exception {
    String key = admin.call("CreateKey", "{}").json().at("/KeyMetadata/KeyId").textValue();
    String policy =
        "{\\\"Statement\\\":{\\\"Effect\\\":\\\"Allow\\\",\\\"Action\\\":\\\"kms:*\\\",\\\"Resource\\\":\\\"*\\\","
            + "\\\"Principal\\\":{\\\"AWS\\\":\\\"arn:aws:iam::000000000000:user/user\\\"}}}";
    String put = "{\"KeyId\":\"%s\",\"Policy\":\"%s\"%s}";
    SignedClient.Answer refused = admin.call("PutKeyPolicy", put.formatted(key, policy, ""));
    assertThat(refused.type()).isEqualTo("MalformedPolicyDocumentException");
    assertThat(refused.json().path("message").textValue()).contains("in the future");
    assertAllowed(
        admin,
        "PutKeyPolicy",
        put.formatted(key, policy, ",\"BypassPolicyLockoutSafetyCheck\":true"));
    assertDenied(admin, "GetKeyPolicy", "{\"KeyId\":\"%s\"}".formatted(key));
  }
}
