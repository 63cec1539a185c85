package org.secretfs.keymanager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.OAEPParameterSpec;
import javax.crypto.spec.PSource;
import javax.crypto.spec.SecretKeySpec;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Wraps key material as an owner does who brings a key. */
final class Importing {
  private Importing() {}

  /** The request that brings {@code material} into a key, wrapped in one of the ways. */
  static String request(
      SignedClient client, String keyId, byte[] material, String algorithm, String more)
      throws Exception {
    SignedClient.Answer parameters =
        client.call(
            "GetParametersForImport",
            "{\"KeyId\":\"%s\",\"WrappingAlgorithm\":\"%s\",\"WrappingKeySpec\":\"RSA_2048\"}"
                .formatted(keyId, algorithm));
    assertThat(parameters.status()).as(parameters.json().toString()).isEqualTo(200);
    return "{\"KeyId\":\"%s\",\"ImportToken\":\"%s\",\"EncryptedKeyMaterial\":\"%s\",%s}"
        .formatted(
            keyId,
            parameters.json().path("ImportToken").textValue(),
            Base64.getEncoder().encodeToString(wrapped(parameters.json(), material, algorithm)),
            more);
  }

  private static byte[] wrapped(JsonNode parameters, byte[] material, String algorithm)
      throws Exception {
    byte[] encoded = Base64.getDecoder().decode(parameters.path("PublicKey").textValue());
    PublicKey key = KeyFactory.getInstance("RSA").generatePublic(new X509EncodedKeySpec(encoded));
    String hash = algorithm.endsWith("_SHA_1") ? "SHA-1" : "SHA-256";
    if (algorithm.startsWith("RSAES")) {
      return oaep(key, hash, material);
    }
    byte[] aes = new byte[32];
    new SecureRandom().nextBytes(aes);
    Cipher wrap = Cipher.getInstance("AES/KWP/NoPadding");
    wrap.init(Cipher.ENCRYPT_MODE, new SecretKeySpec(aes, "AES"));
    ByteArrayOutputStream both = new ByteArrayOutputStream();
    both.writeBytes(oaep(key, hash, aes));
    both.writeBytes(wrap.doFinal(material));
    return both.toByteArray();
  }

  private static byte[] oaep(PublicKey key, String hash, byte[] plaintext) throws Exception {
    Cipher cipher = Cipher.getInstance("RSA/ECB/OAEPPadding");
    cipher.init(
        Cipher.ENCRYPT_MODE,
        key,
        new OAEPParameterSpec(
            hash, "MGF1", new MGF1ParameterSpec(hash), PSource.PSpecified.DEFAULT));
    return cipher.doFinal(plaintext);
  }
}
