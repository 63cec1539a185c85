package org.secretfs.keymanager;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Keys other than symmetric ones, against openssl. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OtherKindsTest {
  private static final byte[] MESSAGE = "a message to be signed".getBytes(UTF_8);

  private TestServer server;
  private SignedClient client;

  @BeforeAll
  void start(@TempDir Path directory) throws Exception {
    server = TestServer.start(directory);
    client = server.admin();
  }

  @AfterAll
  void stop() {
    client.close();
    server.close();
  }

  private JsonNode call(String operation, String json) throws IOException {
    return client.call(operation, json).json();
  }

  private String key(String spec, String usage) throws IOException {
    return call("CreateKey", "{\"KeySpec\":\"%s\",\"KeyUsage\":\"%s\"}".formatted(spec, usage))
        .at("/KeyMetadata/KeyId")
        .textValue();
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, RSASSA_PKCS1_V1_5_SHA_256, -digest sha256",
    "RSA_2048, RSASSA_PKCS1_V1_5_SHA_384, -digest sha384",
    "RSA_3072, RSASSA_PSS_SHA_512, -digest sha512 -pkeyopt rsa_padding_mode:pss -pkeyopt"
        + " rsa_pss_saltlen:digest",
    "ECC_NIST_P256, ECDSA_SHA_256, -digest sha256",
    "ECC_NIST_P521, ECDSA_SHA_512, -digest sha512",
    "ECC_SECG_P256K1, ECDSA_SHA_256, -digest sha256",
    "ECC_NIST_EDWARDS25519, ED25519_SHA_512, ''"
  })
  void sign_eachKind_isVerifiedByOpenssl(String spec, String algorithm, String options)
      throws Exception {
    String id = key(spec, "SIGN_VERIFY");
    String signature =
        call(
                "Sign",
                "{\"KeyId\":\"%s\",\"Message\":\"%s\",\"SigningAlgorithm\":\"%s\"}"
                    .formatted(id, Base64.getEncoder().encodeToString(MESSAGE), algorithm))
            .path("Signature")
            .textValue();
    String publicKey =
        call("GetPublicKey", "{\"KeyId\":\"%s\"}".formatted(id)).path("PublicKey").textValue();
    String how = options.isEmpty() ? "" : " " + options;
    assertThat(OpensslPeer.verifies(publicKey, MESSAGE, signature, how)).isTrue();
    assertThat(OpensslPeer.verifies(publicKey, "other".getBytes(UTF_8), signature, how)).isFalse();
  }

  @Test
  void publicKey_ofASymmetricKey_isRefused() throws Exception {
    String id = call("CreateKey", "{}").at("/KeyMetadata/KeyId").textValue();
    assertThat(client.call("GetPublicKey", "{\"KeyId\":\"%s\"}".formatted(id)).type())
        .isEqualTo("UnsupportedOperationException");
  }

  @ParameterizedTest
  @CsvSource({
    "RSA_2048, GENERATE_VERIFY_MAC",
    "HMAC_256, SIGN_VERIFY",
    "ECC_SECG_P256K1, KEY_AGREEMENT",
    "ECC_NIST_EDWARDS25519, KEY_AGREEMENT",
    "SYMMETRIC_DEFAULT, SIGN_VERIFY",
    "ECC_NIST_P256, ENCRYPT_DECRYPT"
  })
  void create_kindThatDoesNotGoWithTheUsage_isRefused(String spec, String usage) throws Exception {
    SignedClient.Answer answer =
        client.call("CreateKey", "{\"KeySpec\":\"%s\",\"KeyUsage\":\"%s\"}".formatted(spec, usage));
    assertThat(answer.type()).isEqualTo("ValidationException");
    assertThat(answer.json().path("message").textValue())
        .isEqualTo("KeyUsage %s is not compatible with KeySpec %s".formatted(usage, spec));
  }

  @Test
  void dataKey_underAPairOfRsa_isRefused() throws Exception {
    String id = key("RSA_2048", "ENCRYPT_DECRYPT");
    assertThat(
            client
                .call("GenerateDataKey", "{\"KeyId\":\"%s\",\"KeySpec\":\"AES_256\"}".formatted(id))
                .type())
        .isEqualTo("InvalidKeyUsageException");
  }

  @Test
  void decrypt_rsaWithoutKeyId_isRefused() throws Exception {
    assertThat(
            client
                .call(
                    "Decrypt",
                    "{\"CiphertextBlob\":\"YWJj\",\"EncryptionAlgorithm\":\"RSAES_OAEP_SHA_256\"}")
                .type())
        .isEqualTo("ValidationException");
  }
}
