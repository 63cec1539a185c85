package org.secretfs.keymanager;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.util.Set;
import org.secretfs.keymanager.sigv4.SignedClient;

/** Requests of the operations that need other keys than symmetric ones, as they would succeed. */
final class OtherKindRequests {
  static final Set<String> OPERATIONS =
      Set.of("DeriveSharedSecret", "GenerateMac", "GetPublicKey", "Sign", "Verify", "VerifyMac");

  private OtherKindRequests() {}

  static String of(SignedClient admin, String operation) throws IOException {
    return switch (operation) {
      case "GetPublicKey" -> keyId(key(admin, "ECC_NIST_P256", "SIGN_VERIFY"));
      case "DeriveSharedSecret" -> agreement(admin);
      case "GenerateMac" -> mac(key(admin, "HMAC_256", "GENERATE_VERIFY_MAC"));
      case "VerifyMac" ->
          completed(
              admin, "GenerateMac", mac(key(admin, "HMAC_256", "GENERATE_VERIFY_MAC")), "Mac");
      case "Sign" -> signature(key(admin, "ECC_NIST_P256", "SIGN_VERIFY"));
      case "Verify" ->
          completed(
              admin, "Sign", signature(key(admin, "ECC_NIST_P256", "SIGN_VERIFY")), "Signature");
      default -> throw new IllegalArgumentException(operation);
    };
  }

  private static String key(SignedClient admin, String spec, String usage) throws IOException {
    return admin
        .call("CreateKey", "{\"KeySpec\":\"%s\",\"KeyUsage\":\"%s\"}".formatted(spec, usage))
        .json()
        .at("/KeyMetadata/KeyId")
        .textValue();
  }

  private static String keyId(String id) {
    return "{\"KeyId\":\"%s\"}".formatted(id);
  }

  private static String mac(String id) {
    return "{\"KeyId\":\"%s\",\"Message\":\"YWJj\",\"MacAlgorithm\":\"HMAC_SHA_256\"}"
        .formatted(id);
  }

  private static String signature(String id) {
    return "{\"KeyId\":\"%s\",\"Message\":\"YWJj\",\"SigningAlgorithm\":\"ECDSA_SHA_256\"}"
        .formatted(id);
  }

  private static String agreement(SignedClient admin) throws IOException {
    String id = key(admin, "ECC_NIST_P256", "KEY_AGREEMENT");
    String publicKey = admin.call("GetPublicKey", keyId(id)).json().path("PublicKey").textValue();
    return "{\"KeyId\":\"%s\",\"KeyAgreementAlgorithm\":\"ECDH\",\"PublicKey\":\"%s\"}"
        .formatted(id, publicKey);
  }

  /** A request that makes something, with what it made: the one that checks it. */
  private static String completed(SignedClient admin, String maker, String request, String member)
      throws IOException {
    JsonNode made = admin.call(maker, request).json();
    ObjectNode checking = (ObjectNode) new ObjectMapper().readTree(request);
    return checking.put(member, made.path(member).textValue()).toString();
  }
}
