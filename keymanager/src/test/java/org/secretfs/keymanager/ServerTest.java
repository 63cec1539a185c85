package org.secretfs.keymanager;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.secretfs.audit.AuditEvent;
import org.secretfs.audit.AuditTrail;
import org.secretfs.keymanager.sigv4.SignedClient;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kms.KmsClient;
import software.amazon.awssdk.services.kms.model.DisabledException;
import software.amazon.awssdk.services.kms.model.InvalidCiphertextException;
import software.amazon.awssdk.services.kms.model.KmsException;
import software.amazon.awssdk.services.kms.model.KmsInvalidStateException;

/** The AWS SDK for Java against the server, and what is left on the disk by it. */
class ServerTest {
  @TempDir private Path directory;
  private TestServer server;
  private KmsClient kms;

  @BeforeEach
  void start() throws Exception {
    server = TestServer.start(directory);
    kms = server.client();
  }

  @AfterEach
  void stop() {
    kms.close();
    server.close();
  }

  private String createKey() {
    return kms.createKey(key -> key.description("d")).keyMetadata().keyId();
  }

  private List<AuditEvent> events() throws IOException {
    List<AuditEvent> events = new ArrayList<>();
    var all = AuditTrail.read(server.config().auditDirectory(), entry -> events.add(entry.event()));
    assertThat(all.firstBreak()).isEmpty();
    return events;
  }

  private AuditEvent last() throws IOException {
    return events().getLast();
  }

  @Test
  void decrypt_contextAndKeyGiven_isRecordedAsCloudTrailDoes() throws Exception {
    String keyId = createKey();
    SdkBytes blob =
        kms.generateDataKey(
                ask -> ask.keyId(keyId).keySpec("AES_256").encryptionContext(Map.of("v", "data")))
            .ciphertextBlob();
    AuditEvent generated = last();
    assertThat(generated.eventName()).isEqualTo("GenerateDataKey");
    assertThat(generated.requestParameters())
        .hasToString(
            "{\"keySpec\":\"AES_256\",\"encryptionContext\":{\"v\":\"data\"},\"keyId\":\"%s\"}"
                .formatted(keyId));
    var answer =
        kms.decrypt(
            ask -> ask.ciphertextBlob(blob).keyId(keyId).encryptionContext(Map.of("v", "data")));
    AuditEvent event = last();
    assertThat(event.eventName()).isEqualTo("Decrypt");
    assertThat(event.readOnly()).isTrue();
    assertThat(event.errorCode()).isNull();
    assertThat(event.responseElements()).isNull();
    assertThat(event.requestId()).isEqualTo(answer.responseMetadata().requestId());
    assertThat(event.userIdentity().arn()).isEqualTo("arn:aws:iam::000000000000:user/tester");
    assertThat(event.resources().getFirst().arn())
        .isEqualTo("arn:aws:kms:us-east-1:000000000000:key/" + keyId);
    assertThat(event.requestParameters())
        .hasToString(
            ("{\"encryptionAlgorithm\":\"SYMMETRIC_DEFAULT\","
                    + "\"encryptionContext\":{\"v\":\"data\"},\"keyId\":\"%s\"}")
                .formatted(keyId));
  }

  @Test
  void decrypt_contextsThatConcatenateAlike_areDifferent() {
    String keyId = createKey();
    SdkBytes blob =
        kms.encrypt(ask ->
                ask.keyId(keyId)
                    .plaintext(SdkBytes.fromUtf8String("x"))
                    .encryptionContext(Map.of("ab", "c")))
            .ciphertextBlob();
    assertThatThrownBy(
            () -> kms.decrypt(ask -> ask.ciphertextBlob(blob).encryptionContext(Map.of("a", "bc"))))
        .isInstanceOf(InvalidCiphertextException.class);
  }

  @Test
  void decrypt_everyBitFlipped_isRefused() {
    String keyId = createKey();
    byte[] blob =
        kms.encrypt(ask -> ask.keyId(keyId).plaintext(SdkBytes.fromUtf8String("x")))
            .ciphertextBlob()
            .asByteArray();
    for (int i = 0; i < blob.length; i++) {
      byte[] spoiled = blob.clone();
      spoiled[i] ^= 1;
      assertThatThrownBy(
              () -> kms.decrypt(ask -> ask.ciphertextBlob(SdkBytes.fromByteArray(spoiled))))
          .as("byte %d", i)
          .isInstanceOf(InvalidCiphertextException.class);
    }
  }

  @Test
  void disable_atOnce_refusesAndIsRecorded() throws Exception {
    String keyId = createKey();
    SdkBytes blob = kms.generateDataKey(a -> a.keyId(keyId).numberOfBytes(9)).ciphertextBlob();
    kms.disableKey(ask -> ask.keyId(keyId));
    assertThatThrownBy(() -> kms.decrypt(ask -> ask.ciphertextBlob(blob)))
        .isInstanceOf(DisabledException.class);
    assertThat(last().errorCode()).isEqualTo("DisabledException");
    kms.enableKey(ask -> ask.keyId(keyId));
    assertThat(kms.decrypt(a -> a.ciphertextBlob(blob)).plaintext().asByteArray()).hasSize(9);
  }

  @Test
  void scheduleDeletion_thenCancelled_staysDisabledUntilEnabled() {
    String keyId = createKey();
    assertThat(
            kms.scheduleKeyDeletion(a -> a.keyId(keyId).pendingWindowInDays(7)).keyStateAsString())
        .isEqualTo("PendingDeletion");
    assertThatThrownBy(() -> kms.generateDataKey(a -> a.keyId(keyId).numberOfBytes(9)))
        .isInstanceOf(KmsInvalidStateException.class);
    kms.cancelKeyDeletion(ask -> ask.keyId(keyId));
    assertThat(kms.describeKey(a -> a.keyId(keyId)).keyMetadata().keyStateAsString())
        .isEqualTo("Disabled");
  }

  @Test
  void rotate_onDemand_olderCiphertextKeepsDecrypting() {
    String keyId = createKey();
    SdkBytes old = kms.generateDataKey(a -> a.keyId(keyId).numberOfBytes(9)).ciphertextBlob();
    kms.rotateKeyOnDemand(ask -> ask.keyId(keyId));
    SdkBytes young = kms.generateDataKey(a -> a.keyId(keyId).numberOfBytes(8)).ciphertextBlob();
    assertThat(kms.decrypt(a -> a.ciphertextBlob(old)).plaintext().asByteArray()).hasSize(9);
    assertThat(kms.decrypt(a -> a.ciphertextBlob(young)).plaintext().asByteArray()).hasSize(8);
    assertThat(kms.listKeyRotations(ask -> ask.keyId(keyId)).rotations()).hasSize(1);
  }

  @Test
  void policy_putAndGot_isTheSame() {
    String keyId = createKey();
    assertThat(kms.getKeyPolicy(ask -> ask.keyId(keyId)).policy())
        .contains("arn:aws:iam::000000000000:root");
    String policy =
        """
        {"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:*","Resource":"*",
          "Principal":{"AWS":"arn:aws:iam::000000000000:root"}}}
        """;
    kms.putKeyPolicy(ask -> ask.keyId(keyId).policy(policy));
    assertThat(kms.getKeyPolicy(ask -> ask.keyId(keyId)).policy()).isEqualTo(policy);
    assertThatThrownBy(() -> kms.putKeyPolicy(ask -> ask.keyId(keyId).policy("no")))
        .isInstanceOfSatisfying(
            KmsException.class,
            e ->
                assertThat(e.awsErrorDetails().errorCode())
                    .isEqualTo("MalformedPolicyDocumentException"));
  }

  @Test
  void description_updated_isDescribedSo() {
    String keyId = createKey();
    kms.updateKeyDescription(ask -> ask.keyId(keyId).description("other words"));
    assertThat(kms.describeKey(a -> a.keyId(keyId)).keyMetadata().description())
        .isEqualTo("other words");
    assertThat(kms.listKeyPolicies(ask -> ask.keyId(keyId)).policyNames())
        .containsExactly("default");
  }

  @Test
  void alias_updatedAndDeleted_namesTheOtherKeyAndThenNone() {
    String one = createKey();
    String other = createKey();
    kms.createAlias(ask -> ask.aliasName("alias/a").targetKeyId(one));
    assertThatThrownBy(() -> kms.createAlias(a -> a.aliasName("alias/a").targetKeyId(other)))
        .hasMessageContaining("already exists");
    assertThat(kms.describeKey(a -> a.keyId("alias/a")).keyMetadata().keyId()).isEqualTo(one);
    kms.updateAlias(ask -> ask.aliasName("alias/a").targetKeyId(other));
    assertThat(kms.describeKey(a -> a.keyId("alias/a")).keyMetadata().keyId()).isEqualTo(other);
    kms.deleteAlias(ask -> ask.aliasName("alias/a"));
    assertThatThrownBy(() -> kms.describeKey(a -> a.keyId("alias/a")))
        .hasMessageContaining("is not found");
  }

  @Test
  void list_manyPages_givesEachOnce() {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < 7; i++) {
      made.add(createKey());
    }
    List<String> listed =
        kms.listKeysPaginator(ask -> ask.limit(3)).keys().stream().map(key -> key.keyId()).toList();
    assertThat(listed).containsExactlyInAnyOrderElementsOf(made);
  }

  @Test
  void dryRun_allowed_saysSoAndGivesNothing() {
    String keyId = createKey();
    assertThatThrownBy(() -> kms.generateDataKey(a -> a.keyId(keyId).numberOfBytes(9).dryRun(true)))
        .hasMessageContaining("DryRun option is set");
  }

  @Test
  void request_wrongSecret_isRefusedAndRecordedAsUnknown() throws Exception {
    try (KmsClient forged = server.client(server.accessKeyId(), "forged", "us-east-1")) {
      assertThatThrownBy(forged::listKeys).hasMessageContaining("does not match");
    }
    assertThat(last().errorCode()).isEqualTo("InvalidSignatureException");
    assertThat(last().eventName()).isEqualTo("ListKeys");
    assertThat(last().userIdentity().type()).isEqualTo("Unknown");
    assertThat(last().userIdentity().accessKeyId()).isEqualTo(server.accessKeyId());
  }

  @Test
  void createAccessKey_whileServing_worksAndIsRecordedBeforeItsFirstUse() throws Exception {
    try (AccessKey key =
            KeyManager.provisionUser(
                server.config(),
                "second",
                List.of(Administration.ADMINISTRATOR_ACCESS),
                Clock.systemUTC());
        KmsClient second = server.client(key.id(), TestServer.text(key), "us-east-1")) {
      second.listKeys();
      List<AuditEvent> events = events();
      assertThat(events.get(events.size() - 2).eventName()).isEqualTo("CreateAccessKey");
      assertThat(events.getLast().userIdentity().userName()).isEqualTo("second");
    }
  }

  @Test
  void files_afterUse_holdNoSecret() throws Exception {
    String keyId = createKey();
    byte[] plaintext = "a plaintext that is easy to find".getBytes(UTF_8);
    byte[] blob =
        kms.encrypt(a -> a.keyId(keyId).plaintext(SdkBytes.fromByteArray(plaintext)))
            .ciphertextBlob()
            .asByteArray();
    kms.decrypt(ask -> ask.ciphertextBlob(SdkBytes.fromByteArray(blob)));
    byte[] dataKey =
        kms.generateDataKey(a -> a.keyId(keyId).numberOfBytes(64)).plaintext().asByteArray();
    List<byte[]> secrets =
        List.of(
            plaintext,
            Base64.getEncoder().encode(plaintext),
            dataKey,
            Base64.getEncoder().encode(dataKey),
            Base64.getEncoder().encode(blob),
            server.secretAccessKey().getBytes(UTF_8),
            Secrets.materialOf(server.config(), keyId));
    int files = 0;
    try (Stream<Path> all = Files.walk(directory)) {
      for (Path file : all.filter(Files::isRegularFile).toList()) {
        byte[] content = Files.readAllBytes(file);
        for (byte[] secret : secrets) {
          assertThat(Secrets.contains(content, secret)).as("%s", file).isFalse();
        }
        files++;
      }
    }
    assertThat(files).isGreaterThan(3);
  }

  @Test
  void health_running_isGood() throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      for (String path : List.of("/healthz", "/readyz")) {
        var request = HttpRequest.newBuilder(URI.create(server.uri() + path)).build();
        assertThat(http.send(request, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(200);
      }
    }
  }

  @Test
  void answer_unknownAndUnsupportedOperations_areToldApart() throws Exception {
    try (SignedClient client =
        new SignedClient(server.uri(), server.accessKeyId(), server.secretAccessKey())) {
      assertThat(client.call("NoSuchOperation", "{}").type())
          .isEqualTo("UnknownOperationException");
      assertThat(last().eventName()).isEqualTo("NoSuchOperation");
      assertThat(client.call("CreateCustomKeyStore", "{}").type())
          .isEqualTo("UnsupportedOperationException");
      var answer = client.call("DescribeKey", "{\"KeyId\":\"x\",\"KeyId\":\"y\"}");
      assertThat(answer.type()).isEqualTo("SerializationException");
      assertThat(answer.requestId()).isEqualTo(last().requestId());
      assertThat(client.call("Decrypt", "{\"CiphertextBlob\":\"AA==\",\"Recipient\":{}}").type())
          .isEqualTo("ValidationException");
    }
  }

  @Test
  void logTampered_restart_isRefused() throws Exception {
    createKey();
    server.close();
    Path file = server.config().auditDirectory().resolve("audit-000000000000000001.jsonl");
    byte[] bytes = Files.readAllBytes(file);
    bytes[200] ^= 1;
    Files.write(file, bytes, StandardOpenOption.TRUNCATE_EXISTING);
    assertThatThrownBy(() -> KeyManagerServer.start(server.config(), Clock.systemUTC()))
        .hasMessageContaining("audit log is broken");
  }
}
