package org.secretfs.keymanager.sigv4;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.secretfs.crypto.memory.SecretBuffer;
import org.secretfs.keymanager.failure.KeyManagerException.Refused;

class SignatureVerifierTest {
  private static final String SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
  private static final Instant NOW = Instant.parse("2026-11-21T08:00:00Z");
  private static final Credentials CREDENTIALS =
      new Credentials() {
        @Override
        public Optional<Signer> find(String id, Optional<String> token) {
          boolean known = id.equals("AKIDEXAMPLE") && token.isEmpty();
          return known ? Optional.of(new Signer(id, "tester", token)) : Optional.empty();
        }

        @Override
        public SecretBuffer secretOf(Signer signer) {
          return SecretBuffer.takeFrom(SECRET.getBytes(UTF_8));
        }
      };

  /** A request to be signed, and spoiled before or after. */
  private static final class Draft {
    private String id = "AKIDEXAMPLE";
    private String secret = SECRET;
    private String date = "20261121";
    private String dateTime = "20261121T080000Z";
    private String region = "us-east-1";
    private String service = "kms";
    private List<String> signedHeaders = List.of("host", "x-amz-date", "x-amz-target");
    private final List<HttpMessage.Field> headers = new ArrayList<>();
    private String signedBody = "{}";
    private String sentBody = "{}";

    HttpMessage sign() throws Refused {
      headers.add(HttpMessage.Field.header("Host", "localhost"));
      headers.add(HttpMessage.Field.header("X-Amz-Date", dateTime));
      headers.add(HttpMessage.Field.header("X-Amz-Target", "TrentService.ListKeys"));
      String credential = String.join("/", id, date, region, service, "aws4_request");
      Scope scope = Scope.parse(credential);
      String canonical =
          CanonicalRequest.of(
              new HttpMessage("POST", "/", "", headers, new byte[0]),
              "/",
              List.of(),
              signedHeaders,
              Signature.hexSha256(signedBody.getBytes(UTF_8)));
      try (SecretBuffer key = SecretBuffer.takeFrom(secret.getBytes(UTF_8));
          SecretBuffer signingKey = Signature.signingKey(key, scope)) {
        String signature =
            Signature.sign(signingKey, Signature.stringToSign(dateTime, scope, canonical));
        headers.add(
            HttpMessage.Field.header(
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=%s, SignedHeaders=%s, Signature=%s"
                    .formatted(credential, String.join(";", signedHeaders), signature)));
      }
      return message();
    }

    HttpMessage message() {
      return new HttpMessage("POST", "/", "", headers, sentBody.getBytes(UTF_8));
    }
  }

  private static Signer verify(HttpMessage message) throws Exception {
    return verifyAt(NOW, message);
  }

  private static Signer verifyAt(Instant now, HttpMessage message) throws Exception {
    try (SignatureVerifier verifier =
        new SignatureVerifier("us-east-1", Clock.fixed(now, ZoneOffset.UTC), CREDENTIALS)) {
      return verifier.verify(message, "kms");
    }
  }

  private static void assertRefused(HttpMessage message, String type, String text) {
    assertThatThrownBy(() -> verify(message))
        .isInstanceOfSatisfying(
            Refused.class, refused -> assertThat(refused.error().type()).isEqualTo(type))
        .hasMessageContaining(text);
  }

  @Test
  void verify_signed_namesTheUser() throws Exception {
    assertThat(verify(new Draft().sign()))
        .isEqualTo(new Signer("AKIDEXAMPLE", "tester", Optional.empty()));
  }

  @Test
  void verify_unsigned_isMissingToken() {
    assertRefused(
        new Draft().message(), "MissingAuthenticationTokenException", "Missing Authentication");
  }

  @Test
  void verify_wrongSecret_isInvalidSignature() throws Exception {
    Draft draft = new Draft();
    draft.secret = "another";
    assertRefused(draft.sign(), "InvalidSignatureException", "does not match");
  }

  @Test
  void verify_unknownAccessKey_isUnrecognized() throws Exception {
    Draft draft = new Draft();
    draft.id = "AKIDUNKNOWN";
    assertRefused(draft.sign(), "UnrecognizedClientException", "security token");
  }

  @ParameterizedTest
  @CsvSource({"eu-west-1,kms,valid region", "us-east-1,s3,correct service"})
  void verify_otherScope_isInvalidSignature(String region, String service, String text)
      throws Exception {
    Draft draft = new Draft();
    draft.region = region;
    draft.service = service;
    assertRefused(draft.sign(), "InvalidSignatureException", text);
  }

  @Test
  void verify_changedBody_isInvalidSignature() throws Exception {
    Draft draft = new Draft();
    draft.sentBody = "{\"Limit\":1}";
    assertRefused(draft.sign(), "InvalidSignatureException", "does not match");
  }

  @Test
  void verify_unsignedPayloadClaimed_isInvalidSignature() throws Exception {
    Draft draft = new Draft();
    draft.headers.add(HttpMessage.Field.header("x-amz-content-sha256", "UNSIGNED-PAYLOAD"));
    draft.signedHeaders = List.of("host", "x-amz-content-sha256", "x-amz-date", "x-amz-target");
    assertRefused(draft.sign(), "InvalidSignatureException", "X-Amz-Content-Sha256");
  }

  @Test
  void verify_hostNotSigned_isInvalidSignature() throws Exception {
    Draft draft = new Draft();
    draft.signedHeaders = List.of("x-amz-date", "x-amz-target");
    assertRefused(draft.sign(), "InvalidSignatureException", "'Host'");
  }

  @Test
  void verify_targetNotSigned_isInvalidSignature() throws Exception {
    Draft draft = new Draft();
    draft.signedHeaders = List.of("host", "x-amz-date");
    assertRefused(draft.sign(), "InvalidSignatureException", "x-amz-target");
  }

  @Test
  void verify_targetTwice_isInvalidSignature() throws Exception {
    Draft draft = new Draft();
    HttpMessage signed = draft.sign();
    List<HttpMessage.Field> headers = new ArrayList<>(signed.headers());
    headers.add(HttpMessage.Field.header("X-Amz-Target", "TrentService.Decrypt"));
    assertRefused(
        new HttpMessage("POST", "/", "", headers, signed.body()),
        "InvalidSignatureException",
        "given twice");
  }

  @Test
  void verify_queryAdded_isInvalidSignature() throws Exception {
    HttpMessage signed = new Draft().sign();
    assertRefused(
        new HttpMessage("POST", "/", "a=b", signed.headers(), signed.body()),
        "InvalidSignatureException",
        "does not match");
  }

  @Test
  void verify_sessionToken_isUnrecognized() throws Exception {
    Draft draft = new Draft();
    draft.headers.add(HttpMessage.Field.header("x-amz-security-token", "t"));
    draft.signedHeaders = List.of("host", "x-amz-date", "x-amz-security-token", "x-amz-target");
    assertRefused(draft.sign(), "UnrecognizedClientException", "security token");
  }

  @ParameterizedTest
  @ValueSource(longs = {-300, 300})
  void verify_fiveMinutesApart_isAccepted(long seconds) throws Exception {
    Instant now = NOW.plus(Duration.ofSeconds(seconds));
    assertThat(verifyAt(now, new Draft().sign()).userName()).isEqualTo("tester");
  }

  @ParameterizedTest
  @CsvSource({"301,Signature expired", "-301,Signature not yet current"})
  void verify_moreThanFiveMinutesApart_isInvalidSignature(long seconds, String text)
      throws Exception {
    HttpMessage signed = new Draft().sign();
    assertThatThrownBy(() -> verifyAt(NOW.plus(Duration.ofSeconds(seconds)), signed))
        .isInstanceOf(Refused.class)
        .hasMessageContaining(text);
  }

  @Test
  void verify_scopeOfAnotherDay_isInvalidSignature() throws Exception {
    Draft draft = new Draft();
    draft.date = "20261120";
    assertRefused(draft.sign(), "InvalidSignatureException", "Date in Credential scope");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Basic abc",
        "AWS4-HMAC-SHA256",
        "AWS4-HMAC-SHA256 Credential",
        "AWS4-HMAC-SHA256 Credential=a/b/c, SignedHeaders=host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/kms/aws4_request, SignedHeaders=host",
        "AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/kms/aws4_request,"
            + " SignedHeaders=x;host, Signature=0",
        "AWS4-HMAC-SHA256 Credential=a/20261121/us-east-1/kms/aws4_request, Credential=b,"
            + " SignedHeaders=host, Signature=0",
      })
  void verify_malformedAuthorization_isIncompleteSignature(String authorization) {
    List<HttpMessage.Field> headers =
        List.of(
            HttpMessage.Field.header("host", "localhost"),
            HttpMessage.Field.header("x-amz-date", "20261121T080000Z"),
            HttpMessage.Field.header("authorization", authorization));
    assertRefused(
        new HttpMessage("POST", "/", "", headers, new byte[0]), "IncompleteSignatureException", "");
  }
}
