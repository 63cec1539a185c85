package org.secretfs.keys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KmsKeySourceFaultTest {
  private static final VolumeId VOLUME = new VolumeId("scratch");
  private static final CallLimits FEW =
      new CallLimits(Duration.ofSeconds(5), Duration.ofSeconds(10), Duration.ofSeconds(60), 2);
  private static final CallLimits SHORT =
      new CallLimits(Duration.ofSeconds(5), Duration.ofMillis(300), Duration.ofSeconds(20), 2);
  private static final String SECRET = "not-to-be-seen-0123456789-abcdef";
  private static final FakeAws.Reply GOOD =
      FakeAws.json(200, "{\"Plaintext\":\"%s\",\"KeyId\":\"k\"}".formatted(base64(SECRET)));

  @TempDir Path folder;

  private final List<CallObserver.Call> calls = new ArrayList<>();

  @BeforeEach
  void storeSomeBlob() throws Exception {
    AwsCredentials.setInSystemProperties();
    Files.writeString(folder.resolve("secret"), "wrapped");
  }

  private KeySource source(KmsSettings settings) {
    return new KmsKeySource(settings, new DirectoryStore(folder), "secret", calls::add);
  }

  private KeySourceException failureOf(FakeAws.Reply... replies) throws Exception {
    return failureOf(CallLimits.DEFAULT, replies);
  }

  private KeySourceException failureOf(CallLimits limits, FakeAws.Reply... replies)
      throws Exception {
    try (FakeAws aws = new FakeAws(replies);
        KeySource source = source(aws.kms(limits))) {
      KeySourceException failure =
          catchThrowableOfType(KeySourceException.class, () -> source.obtain(VOLUME).close());
      assertThat(failure).isNotNull();
      assertThat(failure).hasMessageContaining("KMS Decrypt at " + aws.endpoint());
      assertThat(calls.getLast().failure()).contains((KeySourceCode) failure.code());
      return failure;
    }
  }

  @ParameterizedTest
  @CsvSource({
    "400, AccessDeniedException, POLICY_DENIED",
    "400, InvalidCiphertextException, WRAPPED_SECRET_REJECTED",
    "400, IncorrectKeyException, WRONG_KEY",
    "400, DisabledException, KEY_DISABLED",
    "400, KMSInvalidStateException, KEY_UNUSABLE",
    "400, NotFoundException, KEY_MISSING",
    "400, UnrecognizedClientException, CREDENTIALS_REFUSED",
    "400, InvalidSignatureException, CREDENTIALS_REFUSED",
    "400, ExpiredTokenException, CREDENTIALS_REFUSED",
    "400, MissingAuthenticationTokenException, CREDENTIALS_REFUSED",
    "400, ValidationException, MISCONFIGURED",
    "400, InvalidKeyUsageException, MISCONFIGURED",
    "403, SomethingNew, POLICY_DENIED",
    "418, SomethingNew, MISCONFIGURED",
  })
  void obtain_serviceRefuses_saysWhichWay(int status, String code, KeySourceCode expected)
      throws Exception {
    KeySourceException failure = failureOf(FakeAws.kmsError(status, code, "text of the service"));
    assertThat(failure.code()).isEqualTo(expected);
    assertThat(failure)
        .hasMessageContainingAll(
            code,
            "text of the service",
            "request-1",
            "alias/key",
            "{volume=v}",
            folder.resolve("secret").toString());
  }

  @ParameterizedTest
  @CsvSource({"500", "503"})
  void obtain_serverFailsForGood_isUnreachable(int status) throws Exception {
    KeySourceException failure = failureOf(FEW, FakeAws.json(status, ""));
    assertThat(failure).isInstanceOf(KeySourceException.Unreachable.class);
    assertThat(failure).hasMessageContaining("HTTP " + status);
  }

  @Test
  void obtain_throttledForGood_isThrottled() throws Exception {
    KeySourceException failure =
        failureOf(FEW, FakeAws.kmsError(400, "ThrottlingException", "Rate exceeded"));
    assertThat(failure.code()).isEqualTo(KeySourceCode.THROTTLED);
  }

  @Test
  void obtain_failsThenFine_triesAgain() throws Exception {
    try (FakeAws aws =
            new FakeAws(FakeAws.json(503, ""), FakeAws.HANG_UP, FakeAws.json(500, "oops"), GOOD);
        KeySource source = source(aws.kms(CallLimits.DEFAULT))) {
      assertThat(Secrets.taken(source.obtain(VOLUME)))
          .isEqualTo(SECRET.getBytes(StandardCharsets.UTF_8));
      assertThat(aws.requests()).hasSize(4);
    }
  }

  @Test
  void obtain_connectionsCut_isUnreachable() throws Exception {
    assertThat(failureOf(FEW, FakeAws.HANG_UP)).isInstanceOf(KeySourceException.Unreachable.class);
  }

  @Test
  void obtain_noAnswer_givesUpAfterTheLimit() throws Exception {
    assertThat(failureOf(SHORT, FakeAws.SILENCE))
        .isInstanceOf(KeySourceException.Unreachable.class);
  }

  @Test
  void obtain_answerTrickles_givesUpAfterTheLimit() throws Exception {
    assertThat(failureOf(SHORT, FakeAws.TRICKLE))
        .isInstanceOf(KeySourceException.Unreachable.class);
  }

  @Test
  void obtain_nobodyListens_isUnreachableNamingTheEndpoint() {
    URI endpoint = URI.create("http://127.0.0.1:" + MotoServer.freePort());
    assertUnreachable(endpoint);
  }

  @Test
  void obtain_hostUnknown_isUnreachableNamingTheEndpoint() {
    assertUnreachable(URI.create("https://kms.example.invalid"));
  }

  private void assertUnreachable(URI endpoint) {
    KmsSettings settings =
        new KmsSettings(
            "alias/key", Optional.of("eu-west-1"), Optional.of(endpoint), Map.of(), FEW);
    try (KeySource source = source(settings)) {
      assertThatThrownBy(() -> source.obtain(VOLUME))
          .isInstanceOf(KeySourceException.Unreachable.class)
          .hasMessageContaining(endpoint.toString());
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "[]",
        "{}",
        "null",
        "{\"Plaintext\":\"\"}",
        "{\"Plaintext\":null}",
        "{\"Plaintext\":7}",
        "{\"Plaintext\":not-to-be-seen-0123456789-abcdef}",
        "{\"Plaintext\":\"not-to-be-seen-0123456789-abcdef\"",
        "{\"Plaintext\":\"!not-to-be-seen-0123456789-abcdef\"}",
        "not-to-be-seen-0123456789-abcdef",
      })
  void obtain_answerIsNotAsSpecified_isMalformedAndSaysNothingOfIt(String body) throws Exception {
    KeySourceException failure = failureOf(FEW, FakeAws.json(200, body));
    assertThat(failure).isInstanceOf(KeySourceException.Malformed.class);
    assertThat(LogCapture.stackTrace(failure)).doesNotContain("not-to-be-seen");
  }

  @Test
  void obtain_secretTooLong_isMalformed() throws Exception {
    String tooLong = base64("x".repeat(4097));
    assertThat(failureOf(FakeAws.json(200, "{\"Plaintext\":\"%s\"}".formatted(tooLong))))
        .isInstanceOf(KeySourceException.Malformed.class)
        .hasMessageContaining("4097");
  }

  @Test
  void obtain_answerOfManyMegabytes_isMalformedWithoutReadingItAll() throws Exception {
    byte[] huge = new byte[64 << 20];
    Arrays.fill(huge, (byte) ' ');
    assertThat(failureOf(FEW, FakeAws.body(200, "application/x-amz-json-1.1", huge)))
        .isInstanceOf(KeySourceException.Malformed.class)
        .hasMessageContaining("1048576");
  }

  @Test
  void obtain_redirectedElsewhere_doesNotFollow() throws Exception {
    try (FakeAws elsewhere = new FakeAws(GOOD)) {
      FakeAws.Reply redirect =
          (exchange, closed) -> {
            exchange.getResponseHeaders().set("Location", elsewhere.endpoint().toString());
            exchange.sendResponseHeaders(307, -1);
          };
      assertThat(failureOf(redirect)).isInstanceOf(KeySourceException.Misconfigured.class);
      assertThat(elsewhere.requests()).isEmpty();
    }
  }

  @Test
  void create_secretHoldsALineFeed_drawsAgain() throws Exception {
    Files.delete(folder.resolve("secret"));
    byte[] bad = new byte[32];
    bad[31] = '\n';
    try (FakeAws aws = new FakeAws(dataKey(bad, "first"), dataKey(new byte[32], "second"));
        KeySource source = source(aws.kms(CallLimits.DEFAULT))) {
      assertThat(Secrets.taken(source.create(VOLUME))).isEqualTo(new byte[32]);
      assertThat(folder.resolve("secret")).hasContent("second");
    }
  }

  @Test
  void create_everySecretHoldsALineFeed_givesUp() throws Exception {
    Files.delete(folder.resolve("secret"));
    try (FakeAws aws = new FakeAws(dataKey(new byte[] {'\n'}, "x"));
        KeySource source = source(aws.kms(CallLimits.DEFAULT))) {
      assertThatThrownBy(() -> source.create(VOLUME))
          .isInstanceOf(KeySourceException.Malformed.class);
      assertThat(source.exists(VOLUME)).isFalse();
    }
  }

  private static FakeAws.Reply dataKey(byte[] plaintext, String wrapped) {
    return FakeAws.json(
        200,
        "{\"Plaintext\":\"%s\",\"CiphertextBlob\":\"%s\"}"
            .formatted(Base64.getEncoder().encodeToString(plaintext), base64(wrapped)));
  }

  private static String base64(String text) {
    return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }
}
