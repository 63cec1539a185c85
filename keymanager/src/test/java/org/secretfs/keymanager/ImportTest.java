package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.audit.AuditLog;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.kms.Arns;
import org.secretfs.keymanager.sigv4.SignedClient;
import org.secretfs.keymanager.store.KeyRecord;
import org.secretfs.keymanager.store.KeyState;
import org.secretfs.keymanager.store.KeyStore;

/** Key material that the owner brings. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ImportTest {
  private static final String FOREVER = "\"ExpirationModel\":\"KEY_MATERIAL_DOES_NOT_EXPIRE\"";

  private TestServer server;
  private SignedClient admin;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = TestServer.start(directory);
    admin = server.admin();
  }

  @AfterAll
  void stop() {
    admin.close();
    server.close();
  }

  private static byte[] material(int fill) {
    byte[] material = new byte[32];
    Arrays.fill(material, (byte) fill);
    return material;
  }

  private JsonNode done(String operation, String json) throws Exception {
    SignedClient.Answer answer = admin.call(operation, json);
    assertThat(answer.status()).as("%s: %s", operation, answer.json()).isEqualTo(200);
    return answer.json();
  }

  private String refused(String operation, String json) throws Exception {
    SignedClient.Answer answer = admin.call(operation, json);
    assertThat(answer.status()).as("%s: %s", operation, answer.json()).isNotEqualTo(200);
    return answer.type();
  }

  private String key() throws Exception {
    return done("CreateKey", "{\"Origin\":\"EXTERNAL\"}").at("/KeyMetadata/KeyId").textValue();
  }

  private static String named(String key) {
    return "{\"KeyId\":\"%s\"}".formatted(key);
  }

  private static String encrypt(String key) {
    return "{\"KeyId\":\"%s\",\"Plaintext\":\"YWJj\"}".formatted(key);
  }

  private String request(String key, byte[] material) throws Exception {
    return Importing.request(admin, key, material, "RSAES_OAEP_SHA_256", FOREVER);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RSAES_OAEP_SHA_1",
        "RSAES_OAEP_SHA_256",
        "RSA_AES_KEY_WRAP_SHA_1",
        "RSA_AES_KEY_WRAP_SHA_256"
      })
  void import_deletedAndImportedAgain_decryptsWhatWasEncryptedBefore(String algorithm)
      throws Exception {
    String key = key();
    assertThat(refused("Encrypt", encrypt(key))).isEqualTo("KMSInvalidStateException");
    done("ImportKeyMaterial", Importing.request(admin, key, material(1), algorithm, FOREVER));
    String blob = done("Encrypt", encrypt(key)).path("CiphertextBlob").textValue();
    String decrypt = "{\"CiphertextBlob\":\"%s\"}".formatted(blob);
    done("DeleteImportedKeyMaterial", named(key));
    assertThat(refused("Decrypt", decrypt)).isEqualTo("KMSInvalidStateException");
    assertThat(refused("EnableKey", named(key))).isEqualTo("KMSInvalidStateException");
    done("ImportKeyMaterial", Importing.request(admin, key, material(1), algorithm, FOREVER));
    assertThat(done("Decrypt", decrypt).path("Plaintext").textValue()).isEqualTo("YWJj");
  }

  @Test
  void import_otherMaterial_isRefused() throws Exception {
    String key = key();
    done("ImportKeyMaterial", request(key, material(1)));
    done("DeleteImportedKeyMaterial", named(key));
    assertThat(refused("ImportKeyMaterial", request(key, material(2))))
        .isEqualTo("IncorrectKeyMaterialException");
    assertThat(refused("Encrypt", encrypt(key))).isEqualTo("KMSInvalidStateException");
  }

  @Test
  void import_wrongTokenWrappingOrLength_isRefused() throws Exception {
    String key = key();
    String other = key();
    String good = request(key, material(1));
    assertThat(refused("ImportKeyMaterial", good.replace(key, other)))
        .isEqualTo("InvalidImportTokenException");
    assertThat(refused("ImportKeyMaterial", request(key, new byte[16])))
        .isEqualTo("IncorrectKeyMaterialException");
    assertThat(
            refused(
                "ImportKeyMaterial",
                good.replaceAll(
                    "\"EncryptedKeyMaterial\":\"[^\"]*\"", "\"EncryptedKeyMaterial\":\"AAAA\"")))
        .isEqualTo("InvalidCiphertextException");
    assertThat(
            refused(
                "ImportKeyMaterial",
                good.replaceAll("\"ImportToken\":\"[^\"]*\"", "\"ImportToken\":\"AAAA\"")))
        .isEqualTo("InvalidImportTokenException");
    assertThat(refused("ImportKeyMaterial", good.replace(FOREVER, "\"ValidTo\":1")))
        .isEqualTo("ValidationException");
    done("ImportKeyMaterial", good);
  }

  @Test
  void import_keyMadeHere_isRefused() throws Exception {
    String key = done("CreateKey", "{}").at("/KeyMetadata/KeyId").textValue();
    assertThat(refused("DeleteImportedKeyMaterial", named(key)))
        .isEqualTo("UnsupportedOperationException");
    done("Encrypt", encrypt(key));
  }

  @Test
  void deletion_cancelled_waitsForMaterialAgain() throws Exception {
    String key = key();
    done("ScheduleKeyDeletion", named(key));
    assertThat(
            refused(
                "GetParametersForImport",
                named(key)
                    .replace(
                        "}",
                        ",\"WrappingAlgorithm\":\"RSAES_OAEP_SHA_256\",\"WrappingKeySpec\":\"RSA_2048\"}")))
        .isEqualTo("KMSInvalidStateException");
    done("CancelKeyDeletion", named(key));
    assertThat(done("DescribeKey", named(key)).at("/KeyMetadata/KeyState").textValue())
        .isEqualTo("PendingImport");
  }

  @Test
  void expiry_atItsTime_takesTheMaterialAway(@TempDir Path directory) throws Exception {
    Instant now = Instant.parse("2026-11-21T08:00:00Z");
    Instant end = now.plusSeconds(3600);
    KeyManagerConfig config = KeyManagerConfig.below(directory);
    KeyManager.init(config, Clock.fixed(now, ZoneOffset.UTC));
    String id = UUID.randomUUID().toString();
    try (KeyStore store = KeyStore.open(KeyManager.files(config));
        SecretBuffer material = SecretBuffer.takeFrom(material(1))) {
      store.createKey(KeyRecord.enabled(id, "", "{}", now).withImport(), Map.of());
      assertThat(store.importMaterial(id, material, now, end)).isTrue();
      KeyRecord key = store.find(id).orElseThrow();
      assertThat(key.asOf(end.minusMillis(1)).state()).isEqualTo(KeyState.Enabled);
      assertThat(key.asOf(end).state()).isEqualTo(KeyState.PendingImport);
      Clock due = Clock.fixed(end, ZoneOffset.UTC);
      Arns arns = new Arns(config.accountId(), config.region());
      try (AuditLog log = AuditLog.open(config.auditDirectory(), due);
          Housekeeping housekeeping =
              new Housekeeping(store, new Recorder(log, arns, due), arns, due)) {
        housekeeping.run();
      }
      assertThat(store.withMaterial(id, 1, any -> true)).isEmpty();
      assertThat(store.find(id).orElseThrow().state()).isEqualTo(KeyState.PendingImport);
    }
  }
}
