package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Keys of HMAC, RSA and elliptic curves. */
final class OtherKindScenarios extends Scenarios {
  private static final String MESSAGE = base64("some important message");

  private final Map<String, String> rsa = new HashMap<>();

  OtherKindScenarios(SignedClient client) {
    super(client);
  }

  @Override
  void addAll() {
    macs();
    wrongMacs();
    signatures();
    wrongUsages();
    rsaEncryption();
    dataKeyPairs();
    agreement();
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  private JsonNode created(String spec, String usage) throws IOException {
    return call(
            "CreateKey",
            "{\"KeySpec\":\"%s\",\"KeyUsage\":\"%s\",\"Description\":\"test key\"}"
                .formatted(spec, usage))
        .path("KeyMetadata");
  }

  /** A key of this kind; pairs of RSA take long to make, so scenarios share them. */
  private String key(String spec, String usage) throws IOException {
    String known = rsa.get(spec + usage);
    if (known != null) {
      return known;
    }
    String made = created(spec, usage).path("KeyId").textValue();
    if (spec.startsWith("RSA_")) {
      rsa.put(spec + usage, made);
    }
    return made;
  }

  private JsonNode mac(String id, String algorithm) throws IOException {
    return call(
        "GenerateMac",
        "{\"KeyId\":\"%s\",\"Message\":\"%s\",\"MacAlgorithm\":\"%s\"}"
            .formatted(id, MESSAGE, algorithm));
  }

  private JsonNode macVerified(String id, String algorithm, String message, String mac)
      throws IOException {
    return call(
        "VerifyMac",
        "{\"KeyId\":\"%s\",\"Message\":\"%s\",\"MacAlgorithm\":\"%s\",\"Mac\":\"%s\"}"
            .formatted(id, message, algorithm, mac));
  }

  private void macs() {
    add(
        "test_hmac_create_key",
        () -> {
          JsonNode made = created("HMAC_256", "GENERATE_VERIFY_MAC");
          return Map.of(
              "create-hmac-key",
              made,
              "describe-key",
              described(made.path("KeyId").textValue()).path("KeyMetadata"));
        });
    for (String bits : List.of("224", "256", "384", "512")) {
      String algorithm = "HMAC_SHA_" + bits;
      add(
          "test_generate_and_verify_mac[HMAC_%s-%s]".formatted(bits, algorithm),
          () -> {
            String id = key("HMAC_" + bits, "GENERATE_VERIFY_MAC");
            JsonNode made = mac(id, algorithm);
            String mac = made.path("Mac").textValue();
            return Map.of(
                "generate-mac",
                made,
                "verify-mac",
                macVerified(id, algorithm, MESSAGE, mac),
                "generate-mac-invalid-key-id",
                mac("key_id", algorithm),
                "verify-mac-invalid-key-id",
                macVerified("key_id", algorithm, MESSAGE, mac));
          });
    }
  }

  private void wrongMacs() {
    for (List<String> row :
        List.of(List.of("HMAC_224", "HMAC_SHA_256"), List.of("HMAC_256", "INVALID"))) {
      add(
          "test_invalid_generate_mac[%s-%s]".formatted(row.get(0), row.get(1)),
          () -> Map.of("generate-mac", mac(key(row.get(0), "GENERATE_VERIFY_MAC"), row.get(1))));
    }
    for (List<String> row :
        List.of(
            List.of("HMAC_SHA_256", "some different important message"),
            List.of("HMAC_SHA_512", "some important message"),
            List.of("INVALID", "some important message"))) {
      add(
          "test_invalid_verify_mac[HMAC_256-%s-%s]".formatted(row.get(0), row.get(1)),
          () -> {
            String id = key("HMAC_256", "GENERATE_VERIFY_MAC");
            JsonNode made = mac(id, "HMAC_SHA_256");
            return Map.of(
                "generate-mac",
                made,
                "verify-mac",
                macVerified(id, row.get(0), base64(row.get(1)), made.path("Mac").textValue()));
          });
    }
  }

  private JsonNode sign(String id, String algorithm, String type) throws IOException {
    return call(
        "Sign",
        "{\"KeyId\":\"%s\",\"Message\":\"%s\",\"SigningAlgorithm\":\"%s\",\"MessageType\":\"%s\"}"
            .formatted(id, MESSAGE, algorithm, type));
  }

  private JsonNode verify(String id, String algorithm, String signature) throws IOException {
    return call(
        "Verify",
        "{\"KeyId\":\"%s\",\"Message\":\"%s\",\"SigningAlgorithm\":\"%s\",\"Signature\":\"%s\"}"
            .formatted(id, MESSAGE, algorithm, signature));
  }

  private void signatures() {
    for (List<String> row :
        List.of(
            List.of("RSA_2048", "RSASSA_PSS_SHA_256"),
            List.of("RSA_2048", "RSASSA_PSS_SHA_384"),
            List.of("RSA_2048", "RSASSA_PSS_SHA_512"),
            List.of("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_256"),
            List.of("RSA_4096", "RSASSA_PKCS1_V1_5_SHA_512"),
            List.of("ECC_NIST_P256", "ECDSA_SHA_256"),
            List.of("ECC_NIST_P384", "ECDSA_SHA_384"),
            List.of("ECC_SECG_P256K1", "ECDSA_SHA_256"))) {
      String algorithm = row.get(1);
      add(
          "test_sign_verify[%s-%s]".formatted(row.get(0), algorithm),
          () -> {
            String id = key(row.get(0), "SIGN_VERIFY");
            JsonNode signed = sign(id, algorithm, "RAW");
            return Map.of(
                "signature",
                signed,
                "verification",
                verify(id, algorithm, signed.path("Signature").textValue()),
                "bad-digest",
                sign(id, algorithm, "DIGEST"),
                "bad-signature",
                verify(id, algorithm, base64("bad")));
          });
    }
  }

  private void wrongUsages() {
    add(
        "test_error_messaging_for_invalid_keys",
        () -> {
          String symmetric = key();
          String hmac = key("HMAC_224", "GENERATE_VERIFY_MAC");
          String signing = key("ECC_NIST_P256", "SIGN_VERIFY");
          String blob = encrypt(symmetric, "{}").path("CiphertextBlob").textValue();
          return Map.of(
              "generate-mac-invalid-key-id",
              mac(symmetric, "HMAC_SHA_224"),
              "sign-invalid-key-id",
              sign(hmac, "RSASSA_PSS_SHA_256", "RAW"),
              "verify-invalid-key-id",
              verify(symmetric, "RSASSA_PSS_SHA_256", base64("bad")),
              "encrypt-invalid-key-id",
              encrypt(signing, "{}"),
              "decrypt-invalid-key-id",
              call(
                  "Decrypt", "{\"CiphertextBlob\":\"%s\",\"KeyId\":\"%s\"}".formatted(blob, hmac)));
        });
    add(
        "test_rotate_key_on_demand_raises_error_given_non_symmetric_key",
        () -> Map.of("error-response", rotate(key("ECC_NIST_P256", "SIGN_VERIFY"))));
  }

  private JsonNode rsaEncrypted(String id, String algorithm, byte[] plaintext) throws IOException {
    return call(
        "Encrypt",
        "{\"KeyId\":\"%s\",\"EncryptionAlgorithm\":\"%s\",\"Plaintext\":\"%s\"}"
            .formatted(id, algorithm, Base64.getEncoder().encodeToString(plaintext)));
  }

  private void rsaEncryption() {
    for (int bits : new int[] {2048, 3072, 4096}) {
      for (String hash : List.of("1", "256")) {
        String algorithm = "RSAES_OAEP_SHA_" + hash;
        add(
            "test_encrypt_validate_plaintext_size_per_key_type[RSA_%d-%s]"
                .formatted(bits, algorithm),
            () -> {
              String id = key("RSA_" + bits, "ENCRYPT_DECRYPT");
              int most = bits / 8 - 2 * (hash.equals("1") ? 20 : 32) - 2;
              assertThat(rsaEncrypted(id, algorithm, new byte[most]).has("CiphertextBlob"))
                  .isTrue();
              return Map.of("generate-random-exc", rsaEncrypted(id, algorithm, new byte[most + 1]));
            });
      }
    }
    add(
        "test_re_encrypt[RSA_2048-RSAES_OAEP_SHA_256]",
        () -> {
          String algorithm = "RSAES_OAEP_SHA_256";
          String source = key("RSA_2048", "ENCRYPT_DECRYPT");
          String into = key("RSA_2048", "ENCRYPT_DECRYPT");
          String blob =
              rsaEncrypted(source, algorithm, new byte[9]).path("CiphertextBlob").textValue();
          JsonNode answer =
              call(
                  "ReEncrypt",
                  ("{\"CiphertextBlob\":\"%s\",\"SourceKeyId\":\"%s\",\"DestinationKeyId\":\"%s\","
                          + "\"SourceEncryptionAlgorithm\":\"%s\",\"DestinationEncryptionAlgorithm\":\"%s\"}")
                      .formatted(blob, source, into, algorithm, algorithm));
          JsonNode back =
              call(
                  "Decrypt",
                  "{\"CiphertextBlob\":\"%s\",\"KeyId\":\"%s\",\"EncryptionAlgorithm\":\"%s\"}"
                      .formatted(answer.path("CiphertextBlob").textValue(), into, algorithm));
          assertThat(back.path("Plaintext").textValue()).isEqualTo("AAAAAAAAAAAA");
          return Map.of("test_re_encrypt", answer);
        });
  }

  private JsonNode pair(String suffix, String more) throws IOException {
    return call(
        "GenerateDataKeyPair" + suffix,
        "{\"KeyId\":\"%s\",\"KeyPairSpec\":\"RSA_2048\"%s}".formatted(key(), more));
  }

  private void dataKeyPairs() {
    for (String suffix : List.of("", "WithoutPlaintext")) {
      String name = suffix.isEmpty() ? "" : "_without_plaintext";
      String label = suffix.isEmpty() ? "" : "-without-plaintext";
      add(
          "test_generate_data_key_pair" + name,
          () -> Map.of("generate-data-key-pair" + label, pair(suffix, "")));
      add(
          "test_encryption_context_generate_data_key_pair" + name,
          () -> {
            JsonNode made = pair(suffix, ",\"EncryptionContext\":{\"a\":\"b\"}");
            String blob = made.path("PrivateKeyCiphertextBlob").textValue();
            assertThat(decrypt(blob, "{\"a\":\"b\"}").has("Plaintext")).isTrue();
            return Map.of("decrypt-without-encryption-context", decrypt(blob, "{}"));
          });
    }
  }

  private JsonNode derived(String id, String algorithm, String publicKey) throws IOException {
    return call(
        "DeriveSharedSecret",
        "{\"KeyId\":\"%s\",\"KeyAgreementAlgorithm\":\"%s\",\"PublicKey\":\"%s\"}"
            .formatted(id, algorithm, publicKey));
  }

  private String publicKey(String id) throws IOException {
    return call("GetPublicKey", keyId(id)).path("PublicKey").textValue();
  }

  private void agreement() {
    add(
        "test_derive_shared_secret",
        () -> {
          String one = key("ECC_NIST_P256", "KEY_AGREEMENT");
          String other = key("ECC_NIST_P256", "KEY_AGREEMENT");
          JsonNode answer = derived(one, "ECDH", publicKey(other));
          assertThat(derived(other, "ECDH", publicKey(one)).path("SharedSecret"))
              .isEqualTo(answer.path("SharedSecret"));
          return Map.of(
              "response",
              answer,
              "response-invalid-key-usage",
              derived(key("ECC_NIST_P256", "SIGN_VERIFY"), "ECDH", publicKey(other)),
              "response-invalid-key-spec",
              call("CreateKey", "{\"KeySpec\":\"RSA_2048\",\"KeyUsage\":\"KEY_AGREEMENT\"}"),
              "response-invalid-key-agreement-algo",
              derived(one, "INVALID", publicKey(other)),
              "response-invalid-key",
              derived(key(), "ECDH", publicKey(other)),
              "response-invalid-public-key",
              derived(one, "ECDH", base64("InvalidPublicKey")));
        });
    add(
        "test_derive_shared_secret_matches_openssl",
        () -> {
          String one = key("ECC_NIST_P384", "KEY_AGREEMENT");
          return Map.of(
              "derived-shared-key-resp",
              OpensslPeer.sameSecret(publicKey(one), theirs -> derived(one, "ECDH", theirs)));
        });
  }
}
