package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditTrail;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;
import org.secretfs.keymanager.failure.KmsErrorCode;
import org.secretfs.keymanager.identity.Session;
import org.secretfs.keymanager.identity.Sessions;
import org.secretfs.keymanager.identity.TotpCodes;
import org.secretfs.keymanager.sigv4.SignedClient;
import org.secretfs.keymanager.sigv4.SignedClient.StsAnswer;
import org.secretfs.keymanager.store.KeyStore;

/** Temporary credentials: who gets them, what they are good for, and for how long. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StsTest {
  private static final String ROLE = "arn:aws:iam::000000000000:role/ops";
  private static final String ASSUME =
      "Action=AssumeRole&Version=2011-06-15&RoleArn=" + ROLE + "&RoleSessionName=night";

  private TestServer server;
  private SignedClient admin;
  private SignedClient alice;
  private SignedClient bob;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = TestServer.start(directory);
    admin = server.admin();
    alice = server.user("alice");
    bob = server.user("bob", Administration.ADMINISTRATOR_ACCESS);
    try (Administration administration = server.administration()) {
      administration.createRole(
          "ops",
          """
          {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"AWS":"arn:aws:iam::000000000000:user/alice"},
            "Condition":{"StringLike":{"sts:RoleSessionName":"night*"}}}}
          """,
          7200);
      administration.attach("role/ops", Administration.KEY_USER);
      administration.putPolicy(
          "delete-with-second-factor",
          """
          {"Version":"2012-10-17","Statement":[
            {"Effect":"Allow","Action":"kms:*","Resource":"*"},
            {"Sid":"SecondFactor","Effect":"Deny","Action":"kms:ScheduleKeyDeletion","Resource":"*",
             "Condition":{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}}]}
          """);
    }
  }

  @AfterAll
  void stop() {
    bob.close();
    alice.close();
    admin.close();
    server.close();
  }

  private SignedClient with(StsAnswer answer) {
    assertThat(answer.status()).as(answer.xml()).isEqualTo(200);
    return new SignedClient(
        server.uri(),
        answer.text("AccessKeyId"),
        answer.text("SecretAccessKey"),
        answer.text("SessionToken"));
  }

  private String key() throws Exception {
    return admin.call("CreateKey", "{}").json().at("/KeyMetadata/KeyId").textValue();
  }

  private AuditEvent last() throws Exception {
    List<AuditEvent> events = new ArrayList<>();
    AuditTrail.read(server.config().auditDirectory(), entry -> events.add(entry.event()));
    return events.getLast();
  }

  private static String encrypt(String key) {
    return "{\"KeyId\":\"%s\",\"Plaintext\":\"YWJj\"}".formatted(key);
  }

  @Test
  void getCallerIdentity_user_namesIt() throws Exception {
    StsAnswer answer = alice.sts("Action=GetCallerIdentity&Version=2011-06-15");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.text("Arn")).isEqualTo("arn:aws:iam::000000000000:user/alice");
    assertThat(answer.text("Account")).isEqualTo("000000000000");
    assertThat(last().eventSource()).isEqualTo("sts.amazonaws.com");
  }

  @Test
  void assumeRole_trusted_hasTheRolesRightsAndNoOthers() throws Exception {
    String key = key();
    assertThat(alice.call("Encrypt", encrypt(key)).type()).isEqualTo("AccessDeniedException");
    try (SignedClient role = with(alice.sts(ASSUME))) {
      assertThat(role.call("Encrypt", encrypt(key)).status()).isEqualTo(200);
      AuditEvent event = last();
      assertThat(event.userIdentity().type()).isEqualTo("AssumedRole");
      assertThat(event.userIdentity().arn())
          .isEqualTo("arn:aws:sts::000000000000:assumed-role/ops/night");
      assertThat(role.call("DisableKey", "{\"KeyId\":\"%s\"}".formatted(key)).type())
          .isEqualTo("AccessDeniedException");
      assertThat(role.sts("Action=GetCallerIdentity").text("Arn"))
          .isEqualTo("arn:aws:sts::000000000000:assumed-role/ops/night");
    }
  }

  @Test
  void assumeRole_recorded_withoutSecrets() throws Exception {
    StsAnswer answer = alice.sts(ASSUME);
    String record = new String(last().toJson(), StandardCharsets.UTF_8);
    assertThat(record)
        .contains("AssumeRole", ROLE, answer.text("AccessKeyId"))
        .doesNotContain(answer.text("SecretAccessKey"), answer.text("SessionToken"));
  }

  @Test
  void assumeRole_notTrusted_isDeniedWhoeverAsks() throws Exception {
    StsAnswer answer = bob.sts(ASSUME);
    assertThat(answer.status()).isEqualTo(403);
    assertThat(answer.text("Code")).isEqualTo("AccessDenied");
    assertThat(answer.text("Message"))
        .isEqualTo(
            "User: arn:aws:iam::000000000000:user/bob is not authorized to perform: sts:AssumeRole on resource: "
                + ROLE);
    assertThat(last().errorCode()).isEqualTo("AccessDeniedException");
    assertThat(alice.sts(ASSUME.replace("=night", "=day")).text("Code")).isEqualTo("AccessDenied");
    assertThat(alice.sts(ASSUME.replace("role/ops", "role/none")).text("Code"))
        .isEqualTo("AccessDenied");
  }

  @Test
  void assumeRole_withSessionPolicy_isBoundedByIt() throws Exception {
    String policy =
        "{\"Version\":\"2012-10-17\",\"Statement\":{\"Effect\":\"Allow\",\"Action\":\"kms:GenerateRandom\",\"Resource\":\"*\"}}";
    String form = ASSUME + "&Policy=" + URLEncoder.encode(policy, StandardCharsets.UTF_8);
    try (SignedClient role = with(alice.sts(form))) {
      assertThat(role.call("GenerateRandom", "{\"NumberOfBytes\":8}").status()).isEqualTo(200);
      SignedClient.Answer refused = role.call("Encrypt", encrypt(key()));
      assertThat(refused.json().path("message").textValue())
          .endsWith("because no session policy allows the kms:Encrypt action");
    }
  }

  @Test
  void sessionToken_spoiledMissingOrOfAnother_isRefused() throws Exception {
    StsAnswer one = alice.sts(ASSUME);
    StsAnswer other = alice.sts(ASSUME);
    for (String token :
        List.of("", other.text("SessionToken"), one.text("SessionToken").substring(4), "x")) {
      try (SignedClient forged =
          new SignedClient(
              server.uri(), one.text("AccessKeyId"), one.text("SecretAccessKey"), token)) {
        assertThat(forged.call("ListKeys", "{}").type())
            .as(token)
            .isEqualTo("UnrecognizedClientException");
      }
    }
    try (SignedClient forged =
        new SignedClient(
            server.uri(), one.text("AccessKeyId"), "wrong", one.text("SessionToken"))) {
      assertThat(forged.call("ListKeys", "{}").type()).isEqualTo("InvalidSignatureException");
    }
  }

  @Test
  void duration_outOfRange_isRefused() throws Exception {
    assertThat(alice.sts(ASSUME + "&DurationSeconds=7201").text("Code"))
        .isEqualTo("ValidationError");
    assertThat(alice.sts(ASSUME + "&DurationSeconds=899").text("Code"))
        .isEqualTo("ValidationError");
    assertThat(alice.sts(ASSUME + "&DurationSeconds=7200").status()).isEqualTo(200);
    assertThat(alice.sts("Action=GetSessionToken&DurationSeconds=129601").text("Code"))
        .isEqualTo("ValidationError");
  }

  @Test
  void form_unknownOrDoubleParameter_isRefused() throws Exception {
    assertThat(alice.sts(ASSUME + "&Tags.member.1.Key=a").text("Code"))
        .isEqualTo("ValidationError");
    assertThat(alice.sts(ASSUME + "&RoleSessionName=other").text("Code"))
        .isEqualTo("ValidationError");
    assertThat(alice.sts("Action=AssumeRoleWithSAML").text("Code")).isEqualTo("InvalidAction");
    assertThat(alice.sts("Action=GetCallerIdentity&Action=AssumeRole").status()).isEqualTo(400);
  }

  @Test
  void secondFactor_whereThePolicyAsks_isNeededAndTakenOnce() throws Exception {
    String key = key();
    String schedule = "{\"KeyId\":\"%s\"}".formatted(key);
    try (SignedClient carol = server.user("carol", "delete-with-second-factor");
        Administration administration = server.administration();
        SecretBuffer totp = administration.enableTotp("carol")) {
      try (SignedClient plain = with(carol.sts("Action=GetSessionToken"))) {
        assertThat(plain.call("ScheduleKeyDeletion", schedule).json().path("message").textValue())
            .endsWith("with an explicit deny in an identity-based policy");
      }
      String code = TotpCodes.code(totp, Instant.now());
      String form =
          "Action=GetSessionToken&SerialNumber=arn:aws:iam::000000000000:mfa/carol&TokenCode=";
      String wrong = code.equals("000000") ? "111111" : "000000";
      assertThat(carol.sts(form + wrong).text("Code")).isEqualTo("AccessDenied");
      StsAnswer shown = carol.sts(form + code);
      assertThat(carol.sts(form + code).text("Message")).contains("invalid MFA one time pass code");
      try (SignedClient strong = with(shown)) {
        assertThat(strong.call("ScheduleKeyDeletion", schedule).status()).isEqualTo(200);
        assertThat(strong.sts("Action=GetSessionToken").text("Code")).isEqualTo("AccessDenied");
      }
      assertThat(alice.sts(form + code).text("Code")).isEqualTo("AccessDenied");
    }
  }

  @Test
  void session_ofDeletedRole_isRefusedAlsoIfTheRoleIsMadeAnew() throws Exception {
    createGone();
    try (SignedClient role = with(alice.sts(ASSUME.replace("role/ops", "role/gone")))) {
      assertThat(role.sts("Action=GetCallerIdentity").status()).isEqualTo(200);
      try (Administration administration = server.administration()) {
        administration.deleteRole("gone");
      }
      Thread.sleep(300);
      assertThat(role.call("ListKeys", "{}").type()).isEqualTo("UnrecognizedClientException");
      createGone();
      Thread.sleep(300);
      assertThat(role.call("ListKeys", "{}").type())
          .as("a role of the same name made since")
          .isEqualTo("UnrecognizedClientException");
    }
  }

  private void createGone() throws Exception {
    try (Administration administration = server.administration()) {
      administration.createRole(
          "gone",
          """
          {"Statement":{"Effect":"Allow","Action":"sts:AssumeRole",
            "Principal":{"AWS":"arn:aws:iam::000000000000:user/alice"}}}
          """,
          3600);
    }
  }

  @Test
  void session_expired_isRefused() throws Exception {
    Instant now = Instant.parse("2026-11-21T12:00:00Z");
    Session session =
        new Session("ASIAX", "user/u", now, "u", now, now.plusSeconds(900), null, null);
    try (KeyStore store = KeyStore.open(KeyManager.files(server.config()))) {
      Sessions sessions = new Sessions(store.tokens());
      String token = sessions.token(session);
      assertThat(sessions.open("ASIAX", token, now.plusSeconds(899))).contains(session);
      assertThat(sessions.open("ASIAY", token, now)).isEmpty();
      assertThatThrownBy(() -> sessions.open("ASIAX", token, now.plusSeconds(900)))
          .isInstanceOfSatisfying(
              Refused.class, e -> assertThat(e.error()).isEqualTo(KmsErrorCode.EXPIRED_TOKEN));
    }
  }
}
