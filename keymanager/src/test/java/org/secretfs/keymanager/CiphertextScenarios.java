package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Encryption, decryption, data keys and re-encryption. */
final class CiphertextScenarios extends Scenarios {
  CiphertextScenarios(SignedClient client) {
    super(client);
  }

  @Override
  void addAll() {
    ciphertexts();
  }

  private void ciphertexts() {
    String context = "{\"context-key\":\"context-value\"}";
    add(
        "test_plaintext_size_for_encrypt",
        () -> {
          String tooLong = Base64.getEncoder().encodeToString(new byte[4097]);
          return Map.of(
              "invalid-plaintext-size-encrypt",
              call("Encrypt", "{\"KeyId\":\"%s\",\"Plaintext\":\"%s\"}".formatted(key(), tooLong)));
        });
    add(
        "test_encrypt_decrypt_encryption_context",
        () -> {
          JsonNode encrypted = encrypt(key(), context);
          String blob = encrypted.path("CiphertextBlob").textValue();
          byte[] spoiled = Base64.getDecoder().decode(blob);
          spoiled[spoiled.length - 1] ^= 1;
          return Map.of(
              "encrypt_response",
              encrypted,
              "decrypt_response_with_encryption_context",
              decrypt(blob, context),
              "decrypt_response_without_encryption_context",
              decrypt(blob, "{}"),
              "decrypt_response_with_invalid_ciphertext",
              decrypt(Base64.getEncoder().encodeToString(spoiled), context));
        });
    for (String suffix : List.of("", "WithoutPlaintext")) {
      String name = suffix.isEmpty() ? "" : "_without_plaintext";
      add(
          "test_encryption_context_generate_data_key" + name,
          () -> {
            JsonNode dataKey = dataKey(suffix, context);
            return Map.of(
                "decrypt-without-encryption-context",
                decrypt(dataKey.path("CiphertextBlob").textValue(), "{}"));
          });
    }
    add("test_generate_data_key", () -> Map.of("generate-data-key-result", dataKey("", "{}")));
    add(
        "test_generate_data_key_without_plaintext",
        () -> Map.of("generate-data-key-without-plaintext", dataKey("WithoutPlaintext", "{}")));
    add(
        "test_re_encrypt[SYMMETRIC_DEFAULT-SYMMETRIC_DEFAULT]",
        () -> Map.of("test_re_encrypt", reEncrypt(key(), "")));
    add(
        "test_re_encrypt_incorrect_source_key",
        () ->
            Map.of(
                "incorrect-source-key",
                reEncrypt(key(), ",\"SourceKeyId\":\"%s\"".formatted(key()))));
  }

  private JsonNode dataKey(String suffix, String context) throws IOException {
    return call(
        "GenerateDataKey" + suffix,
        "{\"KeyId\":\"%s\",\"KeySpec\":\"AES_256\",\"EncryptionContext\":%s}"
            .formatted(key(), context));
  }

  private JsonNode reEncrypt(String source, String more) throws IOException {
    String blob = encrypt(source, "{}").path("CiphertextBlob").textValue();
    return call(
        "ReEncrypt",
        "{\"CiphertextBlob\":\"%s\",\"DestinationKeyId\":\"%s\"%s}".formatted(blob, key(), more));
  }
}
